package main

import (
	"context"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"kvop/conformance/check"
)

var patchChecks = []check.Check{
	{Name: "patch/JSON", Run: jsonPatch},
	{Name: "patch/merge", Run: mergePatch},
	{Name: "patch/strategic", Run: strategicPatch},
	{Name: "patch/with a resourceVersion", Run: patchWithVersion},
}

func jsonPatch(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	if _, err := configMaps.Create(ctx, configMap("a", map[string]string{"x": "1"}), metav1.CreateOptions{}); err != nil {
		return err
	}
	patched, err := configMaps.Patch(ctx, "a", types.JSONPatchType,
		[]byte(`[{"op":"test","path":"/data/x","value":"1"},{"op":"add","path":"/data/y","value":"2"},{"op":"remove","path":"/data/x"}]`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	_, wrong := configMaps.Patch(ctx, "a", types.JSONPatchType, []byte(`[{"op":"test","path":"/data/y","value":"1"}]`), metav1.PatchOptions{})
	return check.First(
		check.Want("data", patched.Data, map[string]string{"y": "2"}),
		check.Want("a test that fails", errors.IsInvalid(wrong), true),
	)
}

func mergePatch(ctx context.Context, env check.Env) error {
	deployments := env.Client.AppsV1().Deployments(env.Namespace)
	if _, err := deployments.Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		return err
	}
	patched, err := deployments.Patch(ctx, "web", types.MergePatchType,
		[]byte(`{"metadata":{"labels":{"app":null,"x":"y"}},"spec":{"template":{"spec":{"containers":[{"name":"other","image":"o"}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	status, err := deployments.Patch(ctx, "web", types.MergePatchType, []byte(`{"status":{"replicas":4}}`), metav1.PatchOptions{}, "status")
	return check.First(err,
		check.Want("labels", patched.Labels, map[string]string{"x": "y"}),
		check.Want("containers are replaced", len(patched.Spec.Template.Spec.Containers), 1),
		check.Want("status", status.Status.Replicas, 4),
		check.Want("generation", status.Generation, 2),
	)
}

func strategicPatch(ctx context.Context, env check.Env) error {
	deployments := env.Client.AppsV1().Deployments(env.Namespace)
	if _, err := deployments.Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		return err
	}
	patched, err := deployments.Patch(ctx, "web", types.StrategicMergePatchType,
		[]byte(`{"spec":{"template":{"spec":{"containers":[{"name":"other","image":"o"},{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	removed, err := deployments.Patch(ctx, "web", types.StrategicMergePatchType,
		[]byte(`{"spec":{"template":{"spec":{"containers":[{"$patch":"delete","name":"other"}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("merged by name", len(patched.Spec.Template.Spec.Containers), 2),
		check.Want("removed", len(removed.Spec.Template.Spec.Containers), 1),
		check.Want("kept", removed.Spec.Template.Spec.Containers[0].Env[0].Value, "1"),
	)
}

func patchWithVersion(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	if _, err := configMaps.Create(ctx, configMap("a", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	_, conflict := configMaps.Patch(ctx, "a", types.MergePatchType, []byte(`{"metadata":{"resourceVersion":"1"},"data":{"a":"b"}}`), metav1.PatchOptions{})
	_, missing := configMaps.Patch(ctx, "b", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	return check.First(
		check.Want("conflict", errors.IsConflict(conflict), true),
		check.Want("not found", errors.IsNotFound(missing), true),
	)
}
