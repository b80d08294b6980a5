package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"

	"kvop/conformance/check"
)

var coordinationChecks = []check.Check{
	{Name: "coordination/leader election", Run: leaderElection},
	{Name: "coordination/event recorder", Run: eventRecorder},
	{Name: "coordination/event recorder of events.k8s.io", Run: newEventRecorder},
}

func elect(ctx context.Context, env check.Env, identity string, log *check.Log) {
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: env.Namespace},
			Client:     env.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		},
		LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 250 * time.Millisecond,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { log.Add("%s leads", identity) },
			OnStoppedLeading: func() { log.Add("%s stopped", identity) },
		},
	})
}

func leaderElection(ctx context.Context, env check.Env) error {
	log := &check.Log{}
	first, stopFirst := context.WithCancel(ctx)
	defer stopFirst()
	go elect(first, env, "one", log)
	if err := log.WaitFor(ctx, "one leads"); err != nil {
		return err
	}
	second, stopSecond := context.WithCancel(ctx)
	defer stopSecond()
	go elect(second, env, "two", log)
	time.Sleep(time.Second)
	if err := log.WaitFor(ctx, "one leads"); err != nil {
		return err
	}
	stopFirst()
	if err := log.WaitFor(ctx, "one leads", "one stopped", "two leads"); err != nil {
		return err
	}
	lease, err := env.Client.CoordinationV1().Leases(env.Namespace).Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("holder", *lease.Spec.HolderIdentity, "two"),
		check.Want("transitions", *lease.Spec.LeaseTransitions, 1),
		check.Want("seconds", *lease.Spec.LeaseDurationSeconds, 3))
}

func eventRecorder(ctx context.Context, env check.Env) error {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: env.Client.CoreV1().Events(env.Namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "kvop"})
	about, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for range 3 {
		recorder.Eventf(about, corev1.EventTypeWarning, "Failed", "it failed %d", 1)
	}
	return check.Eventually(ctx, func() error {
		list, err := env.Client.CoreV1().Events(env.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=a,reason=Failed,type=Warning"})
		if err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("%d events", len(list.Items))
		}
		return check.Want("count", list.Items[0].Count, 3)
	})
}

func newEventRecorder(ctx context.Context, env check.Env) error {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: env.Client.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return err
	}
	about, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, configMap("a", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	broadcaster.NewRecorder(scheme.Scheme, "kvop.test/controller").Eventf(about, nil, corev1.EventTypeNormal, "Made", "Making", "made %s", "a")
	return check.Eventually(ctx, func() error {
		list, err := env.Client.CoreV1().Events(env.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=a"})
		if err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("%d events", len(list.Items))
		}
		one := list.Items[0]
		return check.Want("as core/v1", fmt.Sprint(one.Message, one.ReportingController, one.Action, one.InvolvedObject.Kind), fmt.Sprint("made a", "kvop.test/controller", "Making", "ConfigMap"))
	})
}
