package main

import (
	"context"
	"fmt"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"

	"kvop/conformance/check"
)

type (
	metaList     = metav1.APIResourceList
	metaResource = metav1.APIResource
)

var objectChecks = []check.Check{
	{Name: "objects/create, get, update, delete as JSON", Run: func(ctx context.Context, env check.Env) error {
		return crud(ctx, env, runtime.ContentTypeJSON)
	}},
	{Name: "objects/create, get, update, delete as protobuf", Run: func(ctx context.Context, env check.Env) error {
		return crud(ctx, env, runtime.ContentTypeProtobuf)
	}},
	{Name: "objects/errors that clients tell apart", Run: errorsTold},
	{Name: "objects/retry on conflict, 10 writers", Run: retryOnConflict},
	{Name: "objects/generateName", Run: generateName},
	{Name: "objects/status is a door of its own", Run: statusDoor},
	{Name: "objects/preconditions of a delete", Run: preconditions},
	{Name: "objects/delete a collection", Run: deleteCollection},
	{Name: "objects/dry run", Run: dryRun},
	{Name: "objects/strict fields and warnings", Run: strictFields},
	{Name: "objects/foreground deletion with a finalizer", Run: foreground},
	{Name: "objects/namespace goes with its content", Run: namespaceGoes},
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

func deployment(name string) *appsv1.Deployment {
	match := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: match},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: match},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: match},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/main:1"}}},
			},
		},
	}
}

func crud(ctx context.Context, env check.Env, contentType string) error {
	env.Config.ContentType = contentType
	env.Config.AcceptContentTypes = contentType
	client, err := kubernetes.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	deployments := client.AppsV1().Deployments(env.Namespace)
	created, err := deployments.Create(ctx, deployment("web"), metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if err := check.First(
		check.Want("generation", created.Generation, 1),
		check.Want("replicas by default", *created.Spec.Replicas, 1),
		check.Want("strategy by default", created.Spec.Strategy.Type, "RollingUpdate"),
		check.Want("restart policy by default", created.Spec.Template.Spec.RestartPolicy, "Always"),
		check.Want("manager", created.ManagedFields[0].Manager, "kvop-conformance"),
	); err != nil {
		return err
	}
	replicas := int32(3)
	created.Spec.Replicas = &replicas
	updated, err := deployments.Update(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	unchanged, err := deployments.Update(ctx, updated, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("update without a change: %w", err)
	}
	read, err := deployments.Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := check.First(
		check.Want("generation after the update", read.Generation, 2),
		check.Want("resourceVersion after an update without a change", unchanged.ResourceVersion, updated.ResourceVersion),
		deployments.Delete(ctx, "web", metav1.DeleteOptions{}),
	); err != nil {
		return err
	}
	_, err = deployments.Get(ctx, "web", metav1.GetOptions{})
	return check.Want("not found after the delete", errors.IsNotFound(err), true)
}

func errorsTold(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	first, err := configMaps.Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, exists := configMaps.Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	_, missing := configMaps.Get(ctx, "b", metav1.GetOptions{})
	_, invalid := configMaps.Create(ctx, configMap("Not Valid", nil), metav1.CreateOptions{})
	second := first.DeepCopy()
	second.Data = map[string]string{"a": "b"}
	if _, err := configMaps.Update(ctx, second, metav1.UpdateOptions{}); err != nil {
		return err
	}
	first.Data = map[string]string{"a": "c"}
	_, conflict := configMaps.Update(ctx, first, metav1.UpdateOptions{})
	_, noNamespace := env.Client.CoreV1().ConfigMaps("no-such-namespace").Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	status, _ := missing.(errors.APIStatus)
	if status == nil || status.Status().Details == nil {
		return fmt.Errorf("a 404 without details: %v", missing)
	}
	return check.First(
		check.Want("already exists", errors.IsAlreadyExists(exists), true),
		check.Want("not found", errors.IsNotFound(missing), true),
		check.Want("details", status.Status().Details.Kind+"/"+status.Status().Details.Name, "configmaps/b"),
		check.Want("invalid", errors.IsInvalid(invalid), true),
		check.Want("invalid field", errors.HasStatusCause(invalid, metav1.CauseTypeFieldValueInvalid), true),
		check.Want("conflict", errors.IsConflict(conflict), true),
		check.Want("conflict text", conflict, `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`),
		check.Want("namespace not found", errors.IsNotFound(noNamespace), true),
		check.Want("namespace not found text", noNamespace, `namespaces "no-such-namespace" not found`),
	)
}

func retryOnConflict(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	if _, err := configMaps.Create(ctx, configMap("count", map[string]string{"n": ""}), metav1.CreateOptions{}); err != nil {
		return err
	}
	backoff := retry.DefaultBackoff
	backoff.Steps = 50
	var group sync.WaitGroup
	failures := make(chan error, 10)
	for range 10 {
		group.Go(func() {
			failures <- retry.RetryOnConflict(backoff, func() error {
				current, err := configMaps.Get(ctx, "count", metav1.GetOptions{})
				if err != nil {
					return err
				}
				current.Data["n"] += "x"
				_, err = configMaps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			})
		})
	}
	group.Wait()
	for range 10 {
		if err := <-failures; err != nil {
			return err
		}
	}
	last, err := configMaps.Get(ctx, "count", metav1.GetOptions{})
	return check.First(err, check.Want("count", len(last.Data["n"]), 10))
}

func generateName(ctx context.Context, env check.Env) error {
	object := configMap("", nil)
	object.GenerateName = "some-"
	created, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return check.First(check.Want("length", len(created.Name), len("some-")+5), check.Want("generateName", created.GenerateName, "some-"))
}

func statusDoor(ctx context.Context, env check.Env) error {
	deployments := env.Client.AppsV1().Deployments(env.Namespace)
	object := deployment("web")
	object.Status.Replicas = 7
	created, err := deployments.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	created.Status.Replicas = 2
	created.Status.ObservedGeneration = 1
	created.Labels["ignored"] = "metadata is changed through status for labels"
	delete(created.Labels, "ignored")
	replicas := int32(9)
	created.Spec.Replicas = &replicas
	updated, err := deployments.UpdateStatus(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("replicas wanted", *updated.Spec.Replicas, 1),
		check.Want("replicas there", updated.Status.Replicas, 2),
		check.Want("generation", updated.Generation, 1),
	)
}

func preconditions(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	created, err := configMaps.Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	wrongUID := configMaps.Delete(ctx, "a", *metav1.NewPreconditionDeleteOptions("00000000-0000-0000-0000-000000000000"))
	wrongVersion := configMaps.Delete(ctx, "a", *metav1.NewRVDeletionPrecondition("1"))
	return check.First(
		check.Want("wrong uid", errors.IsConflict(wrongUID), true),
		check.Want("wrong version", errors.IsConflict(wrongVersion), true),
		configMaps.Delete(ctx, "a", *metav1.NewPreconditionDeleteOptions(string(created.UID))),
	)
}

func deleteCollection(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	for index := range 6 {
		object := configMap(fmt.Sprintf("a-%d", index), nil)
		object.Labels = map[string]string{"even": fmt.Sprint(index%2 == 0)}
		if _, err := configMaps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	selector := metav1.ListOptions{LabelSelector: labels.SelectorFromSet(labels.Set{"even": "true"}).String()}
	if err := configMaps.DeleteCollection(ctx, metav1.DeleteOptions{}, selector); err != nil {
		return err
	}
	left, err := configMaps.List(ctx, metav1.ListOptions{LabelSelector: "even"})
	return check.First(err, check.Want("left", len(left.Items), 3))
}

func dryRun(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	created, err := configMaps.Create(ctx, configMap("a", nil), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return err
	}
	_, err = configMaps.Get(ctx, "a", metav1.GetOptions{})
	return check.First(check.Want("has a uid", created.UID != "", true), check.Want("stored", errors.IsNotFound(err), true))
}

type warnings struct{ check.Log }

func (w *warnings) HandleWarningHeader(code int, _ string, text string) { w.Add("%d %s", code, text) }

func strictFields(ctx context.Context, env check.Env) error {
	seen := &warnings{}
	env.Config.WarningHandler = seen
	client, err := kubernetes.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	body := []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{"x":"y"}}`)
	send := func(mode string) rest.Result {
		return client.CoreV1().RESTClient().Post().Namespace(env.Namespace).Resource("configmaps").
			Param("fieldValidation", mode).SetHeader("Content-Type", "application/json").Body(body).Do(ctx)
	}
	strict := send("Strict").Error()
	warned := send("Warn").Error()
	return check.First(
		check.Want("strict", errors.IsBadRequest(strict), true),
		check.Want("strict text", strict, `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"`),
		warned,
		check.Want("warnings", seen.Lines(), []string{`299 unknown field "dta"`}),
	)
}

func foreground(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	owner, err := configMaps.Create(ctx, configMap("owner", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	block := true
	child := configMap("child", nil)
	child.Finalizers = []string{"kvop.test/hold"}
	child.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: owner.UID, BlockOwnerDeletion: &block, Controller: &block}}
	if child, err = configMaps.Create(ctx, child, metav1.CreateOptions{}); err != nil {
		return err
	}
	policy := metav1.DeletePropagationForeground
	if err := configMaps.Delete(ctx, "owner", metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		return err
	}
	if owner, err = configMaps.Get(ctx, "owner", metav1.GetOptions{}); err != nil {
		return fmt.Errorf("the owner waits for its child: %w", err)
	}
	if err := check.Want("finalizers of the owner", owner.Finalizers, []string{metav1.FinalizerDeleteDependents}); err != nil {
		return err
	}
	if err := check.Eventually(ctx, func() error {
		child, err = configMaps.Get(ctx, "child", metav1.GetOptions{})
		return check.First(err, check.Want("the child is under deletion", child.DeletionTimestamp != nil, true))
	}); err != nil {
		return err
	}
	child.Finalizers = nil
	if _, err := configMaps.Update(ctx, child, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		_, err := configMaps.Get(ctx, "owner", metav1.GetOptions{})
		return check.Want("the owner is gone", errors.IsNotFound(err), true)
	})
}

func namespaceGoes(ctx context.Context, env check.Env) error {
	namespaces := env.Client.CoreV1().Namespaces()
	held := configMap("held", nil)
	held.Finalizers = []string{"kvop.test/hold"}
	held, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, held, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if _, err := env.Client.AppsV1().Deployments(env.Namespace).Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := namespaces.Delete(ctx, env.Namespace, metav1.DeleteOptions{}); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	namespace, err := namespaces.Get(ctx, env.Namespace, metav1.GetOptions{})
	if err != nil {
		return err
	}
	_, refused := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, configMap("late", nil), metav1.CreateOptions{})
	if err := check.First(
		check.Want("phase", namespace.Status.Phase, corev1.NamespaceTerminating),
		check.Want("a create is forbidden", errors.IsForbidden(refused), true),
		check.Want("its cause", errors.HasStatusCause(refused, corev1.NamespaceTerminatingCause), true),
	); err != nil {
		return err
	}
	if err := check.Eventually(ctx, func() error {
		held, err = env.Client.CoreV1().ConfigMaps(env.Namespace).Get(ctx, "held", metav1.GetOptions{})
		return check.First(err, check.Want("the content is under deletion", held.DeletionTimestamp != nil, true))
	}); err != nil {
		return err
	}
	held.Finalizers = nil
	if _, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Update(ctx, held, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		_, err := namespaces.Get(ctx, env.Namespace, metav1.GetOptions{})
		return check.Want("the namespace is gone", errors.IsNotFound(err), true)
	})
}
