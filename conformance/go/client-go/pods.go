package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kvop/conformance/check"
)

var podChecks = []check.Check{
	{Name: "pods/defaults and phases", Run: podDefaults},
	{Name: "pods/binding, graceful deletion", Run: podBinding},
	{Name: "pods/eviction", Run: podEviction},
	{Name: "pods/services get addresses", Run: serviceAddress},
	{Name: "pods/claims are protected", Run: claims},
}

func pod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/main:1"}}},
	}
}

func podDefaults(ctx context.Context, env check.Env) error {
	created, err := env.Client.CoreV1().Pods(env.Namespace).Create(ctx, pod("p"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	created.Status.Phase = corev1.PodRunning
	running, err := env.Client.CoreV1().Pods(env.Namespace).UpdateStatus(ctx, created.DeepCopy(), metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	list, err := env.Client.CoreV1().Pods(env.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Running"})
	if err != nil {
		return err
	}
	running.Spec.Containers[0].Name = "other"
	_, immutable := env.Client.CoreV1().Pods(env.Namespace).Update(ctx, running, metav1.UpdateOptions{})
	return check.First(
		check.Want("quality of service", created.Status.QOSClass, corev1.PodQOSBestEffort),
		check.Want("grace", *created.Spec.TerminationGracePeriodSeconds, 30),
		check.Want("tolerations", len(created.Spec.Tolerations), 2),
		check.Want("running", len(list.Items), 1),
		check.Want("immutable", errors.IsInvalid(immutable), true))
}

func podBinding(ctx context.Context, env check.Env) error {
	pods := env.Client.CoreV1().Pods(env.Namespace)
	if _, err := pods.Create(ctx, pod("p"), metav1.CreateOptions{}); err != nil {
		return err
	}
	err := pods.Bind(ctx, &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Target: corev1.ObjectReference{Kind: "Node", Name: "n1"}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	bound, err := pods.Get(ctx, "p", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := check.Want("node", bound.Spec.NodeName, "n1"); err != nil {
		return err
	}
	seconds := int64(7)
	if err := pods.Delete(ctx, "p", metav1.DeleteOptions{GracePeriodSeconds: &seconds}); err != nil {
		return err
	}
	ending, err := pods.Get(ctx, "p", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if ending.DeletionTimestamp == nil || ending.DeletionGracePeriodSeconds == nil {
		return fmt.Errorf("it is not under deletion")
	}
	zero := int64(0)
	if err := check.First(check.Want("grace", *ending.DeletionGracePeriodSeconds, 7), pods.Delete(ctx, "p", metav1.DeleteOptions{GracePeriodSeconds: &zero})); err != nil {
		return err
	}
	_, err = pods.Get(ctx, "p", metav1.GetOptions{})
	return check.Want("gone", errors.IsNotFound(err), true)
}

func podEviction(ctx context.Context, env check.Env) error {
	pods := env.Client.CoreV1().Pods(env.Namespace)
	if _, err := pods.Create(ctx, pod("p"), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "p"}}); err != nil {
		return err
	}
	_, err := pods.Get(ctx, "p", metav1.GetOptions{})
	return check.Want("gone", errors.IsNotFound(err), true)
}

func serviceAddress(ctx context.Context, env check.Env) error {
	services := env.Client.CoreV1().Services(env.Namespace)
	created, err := services.Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "s"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"app": "p"}, Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	changed := created.DeepCopy()
	changed.Spec.ClusterIP = "10.0.0.250"
	changed.Spec.ClusterIPs = []string{"10.0.0.250"}
	_, immutable := services.Update(ctx, changed, metav1.UpdateOptions{})
	port := created.Spec.Ports[0]
	return check.First(
		check.Want("an address", created.Spec.ClusterIP != "" && created.Spec.ClusterIP == created.Spec.ClusterIPs[0], true),
		check.Want("a node port", port.NodePort >= 30000 && port.NodePort <= 32767, true),
		check.Want("target port, protocol", fmt.Sprintf("%d %s", port.TargetPort.IntValue(), port.Protocol), "80 TCP"),
		check.Want("immutable", errors.IsInvalid(immutable), true))
}

func claims(ctx context.Context, env check.Env) error {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "c"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	created, err := env.Client.CoreV1().PersistentVolumeClaims(env.Namespace).Create(ctx, claim, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("phase", created.Status.Phase, corev1.ClaimPending),
		check.Want("mode", *created.Spec.VolumeMode, corev1.PersistentVolumeFilesystem),
		check.Want("finalizers", created.Finalizers, []string{"kubernetes.io/pvc-protection"}))
}
