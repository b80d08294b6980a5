package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"kvop/conformance/check"
	"kvop/conformance/widget"
)

var managerChecks = []check.Check{
	{Name: "manager/owned objects, status, finalizer, events", Run: operator},
	{Name: "manager/50 widgets at once", Run: manyWidgets},
	{Name: "manager/leader election", Run: managerElection},
}

const finalizer = "kvop.test/cleanup"

// reconciler keeps one ConfigMap for each widget, as small operators do.
type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	one := &widget.Widget{}
	if err := r.Get(ctx, request.NamespacedName, one); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !one.DeletionTimestamp.IsZero() {
		return reconcile.Result{}, r.finish(ctx, one)
	}
	if controllerutil.AddFinalizer(one, finalizer) {
		if err := r.Update(ctx, one); err != nil {
			return reconcile.Result{}, err
		}
	}
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: one.Name, Namespace: one.Namespace}}
	result, err := controllerutil.CreateOrPatch(ctx, r.Client, owned, func() error {
		owned.Data = map[string]string{"color": one.Spec.Color, "replicas": strconv.Itoa(int(*one.Spec.Replicas))}
		return controllerutil.SetControllerReference(one, owned, r.Scheme())
	})
	if err != nil {
		return reconcile.Result{}, err
	}
	if result == controllerutil.OperationResultCreated && r.recorder != nil {
		r.recorder.Eventf(one, owned, corev1.EventTypeNormal, "Created", "Create", "made ConfigMap %s", owned.Name)
	}
	base := one.DeepCopyObject().(*widget.Widget)
	one.Status.ObservedGeneration = one.Generation
	one.Status.Replicas = *one.Spec.Replicas
	meta.SetStatusCondition(&one.Status.Conditions, metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Made", ObservedGeneration: one.Generation,
	})
	return reconcile.Result{}, r.Status().Patch(ctx, one, client.MergeFrom(base))
}

func (r *reconciler) finish(ctx context.Context, one *widget.Widget) error {
	marker := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "end-of-" + one.Name, Namespace: one.Namespace}}
	if err := client.IgnoreAlreadyExists(r.Create(ctx, marker)); err != nil {
		return err
	}
	controllerutil.RemoveFinalizer(one, finalizer)
	return r.Update(ctx, one)
}

// startManager runs a manager with the reconciler until the context ends.
func startManager(ctx context.Context, env check.Env, group, name string, options ctrl.Options) (ctrl.Manager, error) {
	skip := true
	options.Metrics = metricsserver.Options{BindAddress: "0"}
	options.Controller = config.Controller{SkipNameValidation: &skip}
	manager, err := ctrl.NewManager(env.Config, options)
	if err != nil {
		return nil, err
	}
	err = ctrl.NewControllerManagedBy(manager).Named(name).
		For(&widget.Widget{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&corev1.ConfigMap{}).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(func(_ context.Context, secret client.Object) []reconcile.Request {
			return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: secret.GetNamespace(), Name: secret.GetLabels()["widget"]}}}
		}), builder.OnlyMetadata).
		WithOptions(controller.Options{MaxConcurrentReconciles: 4}).
		Complete(&reconciler{Client: manager.GetClient(), recorder: manager.GetEventRecorder(name)})
	if err != nil {
		return nil, err
	}
	go func() { _ = manager.Start(ctx) }()
	return manager, nil
}

func wantReady(ctx context.Context, api client.Client, one *widget.Widget, generation int64) error {
	return check.Eventually(ctx, func() error {
		if err := api.Get(ctx, client.ObjectKeyFromObject(one), one); err != nil {
			return err
		}
		return check.Want("ready at generation", fmt.Sprint(meta.IsStatusConditionTrue(one.Status.Conditions, "Ready"), one.Status.ObservedGeneration), fmt.Sprint(true, generation))
	})
}

func operator(ctx context.Context, env check.Env) error {
	group := env.Group("operator")
	api, remove, err := newClient(env.Config, group)
	if err != nil {
		return err
	}
	defer remove()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := startManager(ctx, env, group, "operator", ctrl.Options{Scheme: api.Scheme()}); err != nil {
		return err
	}
	one := newWidget(env, "w")
	if err := api.Create(ctx, one); err != nil {
		return err
	}
	if err := wantReady(ctx, api, one, 1); err != nil {
		return err
	}
	owned := &corev1.ConfigMap{}
	if err := api.Get(ctx, client.ObjectKeyFromObject(one), owned); err != nil {
		return err
	}
	if err := check.First(
		check.Want("controller", metav1.IsControlledBy(owned, one), true),
		check.Want("data", owned.Data, map[string]string{"color": "red", "replicas": "1"}),
	); err != nil {
		return err
	}
	old := owned.UID
	if err := api.Delete(ctx, owned); err != nil {
		return err
	}
	if err := check.Eventually(ctx, func() error {
		err := api.Get(ctx, client.ObjectKeyFromObject(one), owned)
		return check.First(err, check.Want("made anew", owned.UID != old, true))
	}); err != nil {
		return err
	}
	base := one.DeepCopyObject().(*widget.Widget)
	replicas := int32(3)
	one.Spec.Replicas = &replicas
	if err := api.Patch(ctx, one, client.MergeFrom(base)); err != nil {
		return err
	}
	if err := wantReady(ctx, api, one, 2); err != nil {
		return err
	}
	if err := operatorEvents(ctx, env, api); err != nil {
		return err
	}
	if err := api.Delete(ctx, one); err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		gone := api.Get(ctx, client.ObjectKeyFromObject(one), &widget.Widget{})
		collected := api.Get(ctx, client.ObjectKeyFromObject(owned), &corev1.ConfigMap{})
		return check.First(
			api.Get(ctx, client.ObjectKey{Namespace: env.Namespace, Name: "end-of-w"}, &corev1.ConfigMap{}),
			check.Want("gone", gone != nil && client.IgnoreNotFound(gone) == nil, true),
			check.Want("collected", collected != nil && client.IgnoreNotFound(collected) == nil, true))
	})
}

func operatorEvents(ctx context.Context, env check.Env, api client.Client) error {
	return check.Eventually(ctx, func() error {
		list := &corev1.EventList{}
		err := api.List(ctx, list, client.InNamespace(env.Namespace), client.MatchingFields{"reason": "Created", "involvedObject.kind": "Widget"})
		return check.First(err, check.Want("events", len(list.Items) > 0, true))
	})
}

func manyWidgets(ctx context.Context, env check.Env) error {
	group := env.Group("many")
	api, remove, err := newClient(env.Config, group)
	if err != nil {
		return err
	}
	defer remove()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := startManager(ctx, env, group, "many", ctrl.Options{Scheme: api.Scheme()}); err != nil {
		return err
	}
	for index := range 50 {
		if err := api.Create(ctx, newWidget(env, fmt.Sprintf("w-%02d", index))); err != nil {
			return err
		}
	}
	if err := check.Eventually(ctx, func() error {
		list := &widget.WidgetList{}
		if err := api.List(ctx, list, client.InNamespace(env.Namespace)); err != nil {
			return err
		}
		ready := 0
		for index := range list.Items {
			if meta.IsStatusConditionTrue(list.Items[index].Status.Conditions, "Ready") {
				ready++
			}
		}
		return check.Want("ready", ready, 50)
	}); err != nil {
		return err
	}
	if err := api.DeleteAllOf(ctx, &widget.Widget{}, client.InNamespace(env.Namespace)); err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		list := &widget.WidgetList{}
		return check.First(api.List(ctx, list, client.InNamespace(env.Namespace)), check.Want("left", len(list.Items), 0))
	})
}

func managerElection(ctx context.Context, env check.Env) error {
	group := env.Group("election")
	api, remove, err := newClient(env.Config, group)
	if err != nil {
		return err
	}
	defer remove()
	lease, renew, retry := 3*time.Second, 2*time.Second, 250*time.Millisecond
	options := ctrl.Options{
		Scheme: api.Scheme(), LeaderElection: true, LeaderElectionID: "leader", LeaderElectionNamespace: env.Namespace,
		LeaderElectionReleaseOnCancel: true, LeaseDuration: &lease, RenewDeadline: &renew, RetryPeriod: &retry,
	}
	first, stopFirst := context.WithCancel(ctx)
	defer stopFirst()
	leader, err := startManager(first, env, group, "first", options)
	if err != nil {
		return err
	}
	select {
	case <-leader.Elected():
	case <-ctx.Done():
		return fmt.Errorf("the first was not elected")
	}
	second, stopSecond := context.WithCancel(ctx)
	defer stopSecond()
	follower, err := startManager(second, env, group, "second", options)
	if err != nil {
		return err
	}
	stopFirst()
	select {
	case <-follower.Elected():
	case <-ctx.Done():
		return fmt.Errorf("the second was not elected")
	}
	one := newWidget(env, "w")
	if err := api.Create(ctx, one); err != nil {
		return err
	}
	return wantReady(ctx, api, one, 1)
}
