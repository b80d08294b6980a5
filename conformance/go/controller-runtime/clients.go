package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"kvop/conformance/check"
	"kvop/conformance/widget"
)

var clientChecks = []check.Check{
	{Name: "client/typed, built-in and custom", Run: typed},
	{Name: "client/unstructured and metadata alone", Run: untyped},
	{Name: "client/patches", Run: patches},
	{Name: "client/apply", Run: apply},
	{Name: "client/status and scale", Run: subresources},
	{Name: "client/lists with options", Run: lists},
	{Name: "client/delete all of", Run: deleteAllOf},
	{Name: "client/create or update", Run: createOrUpdate},
	{Name: "client/dry run, field owner, strict", Run: wrapped},
	{Name: "client/watch", Run: watches},
}

func newWidget(env check.Env, name string) *widget.Widget {
	return &widget.Widget{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: env.Namespace}, Spec: widget.Spec{Color: "red"}}
}

func newConfigMap(env check.Env, name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: env.Namespace}, Data: data}
}

func typed(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("typed"))
	if err != nil {
		return err
	}
	defer remove()
	one := newWidget(env, "w")
	if err := api.Create(ctx, one); err != nil {
		return err
	}
	again := api.Create(ctx, newWidget(env, "w"))
	one.Spec.Color = "green"
	if err := api.Update(ctx, one); err != nil {
		return err
	}
	stale := one.DeepCopyObject().(*widget.Widget)
	stale.ResourceVersion = "1"
	conflict := api.Update(ctx, stale)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: env.Namespace}, StringData: map[string]string{"a": "b"}}
	if err := api.Create(ctx, secret); err != nil {
		return fmt.Errorf("a Secret, sent as protobuf: %w", err)
	}
	read := &corev1.Secret{}
	if err := api.Get(ctx, client.ObjectKeyFromObject(secret), read); err != nil {
		return err
	}
	if err := api.Delete(ctx, one, client.Preconditions{UID: &one.UID, ResourceVersion: &one.ResourceVersion}); err != nil {
		return err
	}
	gone := api.Get(ctx, client.ObjectKeyFromObject(one), &widget.Widget{})
	return check.First(
		check.Want("already exists", errors.IsAlreadyExists(again), true),
		check.Want("default", *one.Spec.Replicas, 1),
		check.Want("generation", one.Generation, 2),
		check.Want("conflict", errors.IsConflict(conflict), true),
		check.Want("secret", string(read.Data["a"])+string(read.Type), "bOpaque"),
		check.Want("not found", client.IgnoreNotFound(gone) == nil && gone != nil, true),
		check.Want("no match", meta.IsNoMatchError(api.Get(ctx, client.ObjectKey{Name: "x"}, noSuchKind())), true),
	)
}

func noSuchKind() *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("no.such.group/v1")
	object.SetKind("Nothing")
	return object
}

func untyped(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("untyped"))
	if err != nil {
		return err
	}
	defer remove()
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"color": "red"}}}
	object.SetAPIVersion(env.Group("untyped") + "/v1")
	object.SetKind("Widget")
	object.SetNamespace(env.Namespace)
	object.SetName("w")
	object.SetLabels(map[string]string{"a": "b"})
	if err := api.Create(ctx, object); err != nil {
		return err
	}
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(object.GroupVersionKind())
	if err := api.Get(ctx, client.ObjectKeyFromObject(object), partial); err != nil {
		return err
	}
	base := partial.DeepCopy()
	partial.Annotations = map[string]string{"c": "d"}
	if err := api.Patch(ctx, partial, client.MergeFrom(base)); err != nil {
		return err
	}
	all := &metav1.PartialObjectMetadataList{}
	all.SetGroupVersionKind(object.GroupVersionKind())
	if err := api.List(ctx, all, client.InNamespace(env.Namespace)); err != nil {
		return err
	}
	return check.First(
		check.Want("items", len(all.Items), 1),
		check.Want("annotations", all.Items[0].Annotations, map[string]string{"c": "d"}),
		api.Delete(ctx, partial))
}

func patches(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("patches"))
	if err != nil {
		return err
	}
	defer remove()
	one := newWidget(env, "w")
	if err := api.Create(ctx, one); err != nil {
		return err
	}
	base := one.DeepCopyObject().(*widget.Widget)
	one.Spec.Color = "green"
	controllerutil.AddFinalizer(one, "kvop.test/hold")
	if err := api.Patch(ctx, one, client.MergeFrom(base)); err != nil {
		return err
	}
	locked := api.Patch(ctx, one.DeepCopyObject().(*widget.Widget), client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	config := newConfigMap(env, "c", map[string]string{"a": "1", "b": "2"})
	if err := api.Create(ctx, config); err != nil {
		return err
	}
	before := config.DeepCopy()
	delete(config.Data, "a")
	if err := api.Patch(ctx, config, client.StrategicMergeFrom(before)); err != nil {
		return err
	}
	controllerutil.RemoveFinalizer(one, "kvop.test/hold")
	return check.First(
		check.Want("color", one.Spec.Color, "green"),
		check.Want("optimistic lock", errors.IsConflict(locked), true),
		check.Want("strategic", config.Data, map[string]string{"b": "2"}),
		api.Update(ctx, one))
}

func apply(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("apply"))
	if err != nil {
		return err
	}
	defer remove()
	if err := api.Apply(ctx, corev1apply.ConfigMap("c", env.Namespace).WithData(map[string]string{"a": "1", "b": "1"}), client.FieldOwner("one")); err != nil {
		return err
	}
	conflict := api.Apply(ctx, corev1apply.ConfigMap("c", env.Namespace).WithData(map[string]string{"a": "2"}), client.FieldOwner("two"))
	if err := api.Apply(ctx, corev1apply.ConfigMap("c", env.Namespace).WithData(map[string]string{"a": "2"}), client.FieldOwner("two"), client.ForceOwnership); err != nil {
		return err
	}
	if err := api.Apply(ctx, corev1apply.ConfigMap("c", env.Namespace), client.FieldOwner("one")); err != nil {
		return err
	}
	read := &corev1.ConfigMap{}
	if err := api.Get(ctx, client.ObjectKey{Namespace: env.Namespace, Name: "c"}, read); err != nil {
		return err
	}
	custom := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"color": "red"}}}
	custom.SetAPIVersion(env.Group("apply") + "/v1")
	custom.SetKind("Widget")
	custom.SetNamespace(env.Namespace)
	custom.SetName("w")
	err = api.Apply(ctx, client.ApplyConfigurationFromUnstructured(custom), client.FieldOwner("one"))
	return check.First(err,
		check.Want("conflict", errors.IsConflict(conflict), true),
		check.Want("data", read.Data, map[string]string{"a": "2"}))
}

func subresources(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("subresources"))
	if err != nil {
		return err
	}
	defer remove()
	one := newWidget(env, "w")
	one.Status.Replicas = 9
	if err := api.Create(ctx, one); err != nil {
		return err
	}
	created := one.Status.Replicas
	base := one.DeepCopyObject().(*widget.Widget)
	meta.SetStatusCondition(&one.Status.Conditions, metav1.Condition{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Made", ObservedGeneration: 1})
	if err := api.Status().Patch(ctx, one, client.MergeFrom(base)); err != nil {
		return err
	}
	one.Status.Replicas = 2
	one.Spec.Color = "green"
	if err := api.Status().Update(ctx, one); err != nil {
		return err
	}
	scale := &autoscalingv1.Scale{}
	if err := api.SubResource("scale").Get(ctx, one, scale); err != nil {
		return fmt.Errorf("read the scale: %w", err)
	}
	scale.Spec.Replicas = 5
	if err := api.SubResource("scale").Update(ctx, one, client.WithSubResourceBody(scale)); err != nil {
		return fmt.Errorf("write the scale: %w", err)
	}
	read := &widget.Widget{}
	if err := api.Get(ctx, client.ObjectKeyFromObject(one), read); err != nil {
		return err
	}
	return check.First(
		check.Want("status at create", created, 0),
		check.Want("ready", meta.IsStatusConditionTrue(read.Status.Conditions, "Ready"), true),
		check.Want("spec untouched by status", read.Spec.Color, "red"),
		check.Want("scaled", fmt.Sprintf("%d %d %d", *read.Spec.Replicas, read.Status.Replicas, read.Generation), "5 2 2"))
}

func lists(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("lists"))
	if err != nil {
		return err
	}
	defer remove()
	for index := range 5 {
		one := newWidget(env, fmt.Sprintf("w-%d", index))
		one.Labels = map[string]string{"even": fmt.Sprint(index%2 == 0)}
		if index == 0 {
			one.Spec.Color = "green"
		}
		if err := api.Create(ctx, one); err != nil {
			return err
		}
	}
	count := func(options ...client.ListOption) string {
		list := &widget.WidgetList{}
		if err := api.List(ctx, list, append(options, client.InNamespace(env.Namespace))...); err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%d%v", len(list.Items), list.Continue != "")
	}
	return check.First(
		check.Want("labels", count(client.MatchingLabels{"even": "true"}), "3false"),
		check.Want("has label", count(client.HasLabels{"even"}), "5false"),
		check.Want("fields", count(client.MatchingFields{"metadata.name": "w-3"}), "1false"),
		check.Want("selectable fields", count(client.MatchingFields{"spec.color": "green"}), "1false"),
		check.Want("limit", count(client.Limit(2)), "2true"))
}

func deleteAllOf(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("deleteallof"))
	if err != nil {
		return err
	}
	defer remove()
	for index := range 3 {
		if err := api.Create(ctx, newWidget(env, fmt.Sprintf("w-%d", index))); err != nil {
			return err
		}
	}
	if err := api.DeleteAllOf(ctx, &widget.Widget{}, client.InNamespace(env.Namespace), client.MatchingFields{"metadata.name": "w-1"}); err != nil {
		return err
	}
	left := &widget.WidgetList{}
	if err := api.List(ctx, left); err != nil {
		return err
	}
	if err := check.Want("left", len(left.Items), 2); err != nil {
		return err
	}
	if err := api.DeleteAllOf(ctx, &widget.Widget{}, client.InNamespace(env.Namespace)); err != nil {
		return err
	}
	if err := api.List(ctx, left); err != nil {
		return err
	}
	return check.Want("none left", len(left.Items), 0)
}

func createOrUpdate(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("createorupdate"))
	if err != nil {
		return err
	}
	defer remove()
	results := ""
	for _, value := range []string{"1", "1", "2"} {
		deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "d", Namespace: env.Namespace}}
		result, err := controllerutil.CreateOrUpdate(ctx, api, deployment, func() error {
			match := map[string]string{"app": "d"}
			deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: match}
			deployment.Spec.Template.Labels = match
			if len(deployment.Spec.Template.Spec.Containers) == 0 {
				deployment.Spec.Template.Spec.Containers = []corev1.Container{{Name: "main"}}
			}
			deployment.Spec.Template.Spec.Containers[0].Image = "i:" + value
			return nil
		})
		if err != nil {
			return err
		}
		results += string(result) + " "
	}
	return check.Want("results", results, "created unchanged updated ")
}

func wrapped(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("wrapped"))
	if err != nil {
		return err
	}
	defer remove()
	if err := client.NewDryRunClient(api).Create(ctx, newWidget(env, "dry")); err != nil {
		return err
	}
	stored := api.Get(ctx, client.ObjectKey{Namespace: env.Namespace, Name: "dry"}, &widget.Widget{})
	owned := newWidget(env, "w")
	if err := client.WithFieldOwner(api, "me").Create(ctx, owned); err != nil {
		return err
	}
	unknown := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"color": "red", "nosuch": int64(1)}}}
	unknown.SetAPIVersion(env.Group("wrapped") + "/v1")
	unknown.SetKind("Widget")
	unknown.SetNamespace(env.Namespace)
	unknown.SetName("x")
	strict := client.WithFieldValidation(api, metav1.FieldValidationStrict).Create(ctx, unknown)
	return check.First(
		check.Want("dry run", errors.IsNotFound(stored), true),
		check.Want("manager", owned.ManagedFields[0].Manager, "me"),
		check.Want("strict", errors.IsBadRequest(strict), true))
}

func watches(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("watches"))
	if err != nil {
		return err
	}
	defer remove()
	watcher, err := api.Watch(ctx, &widget.WidgetList{}, client.InNamespace(env.Namespace))
	if err != nil {
		return err
	}
	defer watcher.Stop()
	log := &check.Log{}
	go func() {
		for event := range watcher.ResultChan() {
			if object, ok := event.Object.(client.Object); ok {
				log.Add("%s %s", event.Type, object.GetName())
			}
		}
	}()
	one := newWidget(env, "w")
	if err := check.First(api.Create(ctx, one), api.Delete(ctx, one)); err != nil {
		return err
	}
	return log.WaitFor(ctx, "ADDED w", "DELETED w")
}
