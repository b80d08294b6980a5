package main

import (
	"context"
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"

	"kvop/conformance/check"
	"kvop/conformance/widget"
)

var dynamicChecks = []check.Check{
	{Name: "custom/established, served, discovered, gone", Run: customLife},
	{Name: "custom/dynamic client, status, defaults, rules", Run: customObjects},
	{Name: "custom/scale client", Run: customScale},
	{Name: "custom/a definition waits for its objects", Run: customCleanUp},
}

// define makes the widgets of a group and waits until they are established; end removes them.
func define(ctx context.Context, env check.Env, group string) (client dynamic.NamespaceableResourceInterface, end func(), err error) {
	extensions, err := apiextensions.NewForConfig(env.Config)
	if err != nil {
		return nil, nil, err
	}
	definitions := extensions.ApiextensionsV1().CustomResourceDefinitions()
	if _, err := definitions.Create(ctx, widget.Definition(group), metav1.CreateOptions{}); err != nil {
		return nil, nil, err
	}
	end = func() { _ = definitions.Delete(context.Background(), "widgets."+group, metav1.DeleteOptions{}) }
	err = check.Eventually(ctx, func() error {
		definition, err := definitions.Get(ctx, "widgets."+group, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range definition.Status.Conditions {
			if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("not established")
	})
	if err != nil {
		return nil, nil, err
	}
	objects, err := dynamic.NewForConfig(env.Config)
	if err != nil {
		return nil, nil, err
	}
	client = objects.Resource(widget.GroupVersion(group).WithResource("widgets"))
	// The real server serves a moment after it says so.
	err = check.Eventually(ctx, func() error {
		_, err := client.Namespace(env.Namespace).List(ctx, metav1.ListOptions{})
		return err
	})
	return client, end, err
}

func object(group, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/v1", "kind": "Widget", "metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func customLife(ctx context.Context, env check.Env) error {
	group := env.Group("life")
	client, end, err := define(ctx, env, group)
	if err != nil {
		return err
	}
	defer end()
	if err := check.Eventually(ctx, func() error {
		list, err := env.Client.Discovery().ServerResourcesForGroupVersion(group + "/v1")
		return check.First(err, check.Want("widgets, status and scale", len(list.APIResources), 3))
	}); err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(env.Client.Discovery()))
	if _, err := mapper.RESTMapping(schema.GroupKind{Group: group, Kind: "Widget"}); err != nil {
		return err
	}
	if err := check.Eventually(ctx, func() error {
		paths, err := env.Client.Discovery().OpenAPIV3().Paths()
		if err != nil {
			return err
		}
		if paths["apis/"+group+"/v1"] == nil {
			return fmt.Errorf("no OpenAPI of it")
		}
		return nil
	}); err != nil {
		return err
	}
	end()
	return check.Eventually(ctx, func() error {
		_, err := client.Namespace(env.Namespace).List(ctx, metav1.ListOptions{})
		_, discovered := env.Client.Discovery().ServerResourcesForGroupVersion(group + "/v1")
		return check.First(check.Want("gone", errors.IsNotFound(err), true), check.Want("not discovered", errors.IsNotFound(discovered), true))
	})
}

// What the server adds when a value is too wrong to run the rules on it.
const unchecked = `<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; ` +
	`correct the existing errors to complete validation]`

func customObjects(ctx context.Context, env check.Env) error {
	group := env.Group("objects")
	all, end, err := define(ctx, env, group)
	if err != nil {
		return err
	}
	defer end()
	client := all.Namespace(env.Namespace)
	created, err := client.Create(ctx, object(group, "w", map[string]any{"color": "red", "nosuch": int64(1)}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, missing := client.Create(ctx, object(group, "x", map[string]any{}), metav1.CreateOptions{})
	_, rule := client.Create(ctx, object(group, "x", map[string]any{"color": "red", "replicas": int64(101)}), metav1.CreateOptions{})
	_, enum := client.Create(ctx, object(group, "x", map[string]any{"color": "blue"}), metav1.CreateOptions{})
	if err := check.First(
		check.Want("pruned and defaulted", created.Object["spec"], map[string]any{"color": "red", "replicas": int64(1)}),
		check.Want("required", missing, `Widget.`+group+` "x" is invalid: [spec.color: Required value, `+unchecked),
		// 1.34 writes the type of the value in between.
		check.Want("rule", strings.Replace(fmt.Sprint(rule), ` "object":`, "", 1), `Widget.`+group+` "x" is invalid: spec: Invalid value: at most 100 replicas`),
		check.Want("enum", enum, `Widget.`+group+` "x" is invalid: [spec.color: Unsupported value: "blue": supported values: "red", "green", `+unchecked),
	); err != nil {
		return err
	}
	if err := unstructured.SetNestedField(created.Object, int64(3), "status", "replicas"); err != nil {
		return err
	}
	if created, err = client.UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	patched, err := client.Patch(ctx, "w", types.MergePatchType, []byte(`{"spec":{"replicas":2},"status":{"replicas":9}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	replicas, _, _ := unstructured.NestedInt64(patched.Object, "status", "replicas")
	_, strategic := client.Patch(ctx, "w", types.StrategicMergePatchType, []byte(`{}`), metav1.PatchOptions{})
	applied, err := client.Apply(ctx, "w", object(group, "w", map[string]any{"color": "green"}), metav1.ApplyOptions{FieldManager: "x", Force: true})
	if err != nil {
		return err
	}
	selected, err := client.List(ctx, metav1.ListOptions{FieldSelector: "spec.color=green"})
	if err != nil {
		return err
	}
	return check.First(
		check.Want("status untouched", replicas, 3),
		check.Want("generation", patched.GetGeneration(), 2),
		check.Want("strategic merge is not for custom resources", errors.IsUnsupportedMediaType(strategic), true),
		check.Want("applied", applied.Object["spec"], map[string]any{"color": "green", "replicas": int64(2)}),
		check.Want("selected", len(selected.Items), 1),
	)
}

func customScale(ctx context.Context, env check.Env) error {
	group := env.Group("scale")
	all, end, err := define(ctx, env, group)
	if err != nil {
		return err
	}
	defer end()
	if _, err := all.Namespace(env.Namespace).Create(ctx, object(group, "w", map[string]any{"color": "red"}), metav1.CreateOptions{}); err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(env.Client.Discovery()))
	scales, err := scale.NewForConfig(env.Config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(env.Client.Discovery()))
	if err != nil {
		return err
	}
	resource := schema.GroupResource{Group: group, Resource: "widgets"}
	if err := check.Eventually(ctx, func() error {
		_, err := scales.Scales(env.Namespace).Get(ctx, resource, "w", metav1.GetOptions{})
		return err
	}); err != nil {
		return err
	}
	current, err := scales.Scales(env.Namespace).Get(ctx, resource, "w", metav1.GetOptions{})
	if err != nil {
		return err
	}
	current.Spec.Replicas = 4
	updated, err := scales.Scales(env.Namespace).Update(ctx, resource, current, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	read, err := all.Namespace(env.Namespace).Get(ctx, "w", metav1.GetOptions{})
	if err != nil {
		return err
	}
	replicas, _, _ := unstructured.NestedInt64(read.Object, "spec", "replicas")
	return check.First(check.Want("scale", updated.Spec.Replicas, 4), check.Want("spec", replicas, 4))
}

func customCleanUp(ctx context.Context, env check.Env) error {
	group := env.Group("cleanup")
	all, end, err := define(ctx, env, group)
	if err != nil {
		return err
	}
	defer end()
	client := all.Namespace(env.Namespace)
	held := object(group, "held", map[string]any{"color": "red"})
	held.SetFinalizers([]string{"kvop.test/hold"})
	if _, err := client.Create(ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := client.Create(ctx, object(group, "free", map[string]any{"color": "red"}), metav1.CreateOptions{}); err != nil {
		return err
	}
	end()
	if err := check.Eventually(ctx, func() error {
		list, err := client.List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("%d left", len(list.Items))
		}
		return check.Want("under deletion", list.Items[0].GetDeletionTimestamp() != nil, true)
	}); err != nil {
		return err
	}
	if _, err := client.Patch(ctx, "held", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	extensions, err := apiextensions.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		_, err := extensions.ApiextensionsV1().CustomResourceDefinitions().Get(ctx, "widgets."+group, metav1.GetOptions{})
		return check.Want("the definition is gone", errors.IsNotFound(err), true)
	})
}
