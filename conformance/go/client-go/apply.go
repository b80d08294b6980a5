package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	appsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/util/csaupgrade"

	"kvop/conformance/check"
)

var applyChecks = []check.Check{
	{Name: "apply/ownership, conflict and force", Run: applyConflict},
	{Name: "apply/what is no longer applied is removed", Run: applyRemoves},
	{Name: "apply/extract, change and apply again", Run: applyExtract},
	{Name: "apply/status and scale have managers of their own", Run: applyStatus},
	{Name: "apply/upgrade from client-side apply", Run: applyUpgrade},
}

func by(manager string) metav1.ApplyOptions { return metav1.ApplyOptions{FieldManager: manager} }

func applyConflict(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	if _, err := configMaps.Apply(ctx, corev1.ConfigMap("a", env.Namespace).WithData(map[string]string{"x": "1"}), by("one")); err != nil {
		return err
	}
	other := corev1.ConfigMap("a", env.Namespace).WithData(map[string]string{"x": "2", "y": "2"})
	_, conflict := configMaps.Apply(ctx, other, by("two"))
	status, _ := conflict.(errors.APIStatus)
	if status == nil || status.Status().Details == nil || len(status.Status().Details.Causes) != 1 {
		return fmt.Errorf("a conflict with one cause: %v", conflict)
	}
	cause := status.Status().Details.Causes[0]
	if err := check.First(
		check.Want("conflict", errors.IsConflict(conflict), true),
		check.Want("cause", fmt.Sprintf("%s %s %s", cause.Type, cause.Field, cause.Message), `FieldManagerConflict .data.x conflict with "one"`),
	); err != nil {
		return err
	}
	forced, err := configMaps.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "two", Force: true})
	if err != nil {
		return err
	}
	shared, err := configMaps.Apply(ctx, corev1.ConfigMap("a", env.Namespace).WithData(map[string]string{"y": "2"}), by("three"))
	if err != nil {
		return err
	}
	return check.First(
		check.Want("forced", forced.Data, map[string]string{"x": "2", "y": "2"}),
		check.Want("managers", managersOf(shared.ManagedFields), "three/Apply two/Apply"),
	)
}

func managersOf(entries []metav1.ManagedFieldsEntry) string {
	names := []string{}
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Manager+"/"+string(entry.Operation)+"/"+entry.Subresource, "/"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func applyRemoves(ctx context.Context, env check.Env) error {
	deployments := env.Client.AppsV1().Deployments(env.Namespace)
	web := func(containers ...string) *appsv1.DeploymentApplyConfiguration {
		spec := corev1.PodSpec()
		for _, name := range containers {
			spec = spec.WithContainers(corev1.Container().WithName(name).WithImage("i"))
		}
		match := map[string]string{"app": "web"}
		return appsv1.Deployment("web", env.Namespace).WithSpec(appsv1.DeploymentSpec().
			WithSelector(applymetav1.LabelSelector().WithMatchLabels(match)).
			WithTemplate(corev1.PodTemplateSpec().WithLabels(match).WithSpec(spec)))
	}
	first, err := deployments.Apply(ctx, web("a", "b", "c"), by("one"))
	if err != nil {
		return err
	}
	again, err := deployments.Apply(ctx, web("a", "b", "c"), by("one"))
	if err != nil {
		return err
	}
	less, err := deployments.Apply(ctx, web("a", "c"), by("one"))
	if err != nil {
		return err
	}
	return check.First(
		check.Want("applied again", again.ResourceVersion, first.ResourceVersion),
		check.Want("containers", less.Spec.Template.Spec.Containers[0].Name+less.Spec.Template.Spec.Containers[1].Name, "ac"),
		check.Want("generation", less.Generation, 2),
	)
}

func applyExtract(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	created, err := configMaps.Apply(ctx, corev1.ConfigMap("a", env.Namespace).WithLabels(map[string]string{"k": "v"}).WithData(map[string]string{"x": "1"}), by("one"))
	if err != nil {
		return err
	}
	extracted, err := corev1.ExtractConfigMap(created, "one")
	if err != nil {
		return err
	}
	extracted.WithData(map[string]string{"z": "3"})
	changed, err := configMaps.Apply(ctx, extracted, by("one"))
	return check.First(err, check.Want("data", changed.Data, map[string]string{"x": "1", "z": "3"}), check.Want("labels", changed.Labels, map[string]string{"k": "v"}))
}

func applyStatus(ctx context.Context, env check.Env) error {
	deployments := env.Client.AppsV1().Deployments(env.Namespace)
	if _, err := deployments.Create(ctx, deployment("web"), metav1.CreateOptions{FieldManager: "creator"}); err != nil {
		return err
	}
	status := appsv1.Deployment("web", env.Namespace).WithStatus(appsv1.DeploymentStatus().WithReplicas(3))
	if _, err := deployments.ApplyStatus(ctx, status, by("watcher")); err != nil {
		return err
	}
	scale, err := deployments.GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read the scale: %w", err)
	}
	scale.Spec.Replicas = 5
	if _, err := deployments.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{FieldManager: "scaler"}); err != nil {
		return fmt.Errorf("write the scale: %w", err)
	}
	read, err := deployments.Get(ctx, "web", metav1.GetOptions{})
	return check.First(err,
		check.Want("replicas", fmt.Sprintf("%d %d %s", *read.Spec.Replicas, read.Status.Replicas, scale.Status.Selector), "5 3 app=web"),
		check.Want("managers", managersOf(read.ManagedFields), "creator/Update scaler/Update/scale watcher/Apply/status"))
}

func applyUpgrade(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	created, err := configMaps.Create(ctx, configMap("a", map[string]string{"x": "1", "y": "2"}), metav1.CreateOptions{FieldManager: "legacy"})
	if err != nil {
		return err
	}
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(created, sets.New("legacy"), "modern")
	if err != nil {
		return err
	}
	if _, err := configMaps.Patch(ctx, "a", types.JSONPatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	less, err := configMaps.Apply(ctx, corev1.ConfigMap("a", env.Namespace).WithData(map[string]string{"x": "1"}), by("modern"))
	return check.First(err,
		check.Want("data", less.Data, map[string]string{"x": "1"}),
		check.Want("managers", managersOf(less.ManagedFields), "modern/Apply"))
}
