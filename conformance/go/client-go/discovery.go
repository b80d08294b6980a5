package main

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/restmapper"

	"kvop/conformance/check"
)

var discoveryChecks = []check.Check{
	{Name: "discovery/version", Run: serverVersion},
	{Name: "discovery/groups and resources", Run: groupsAndResources},
	{Name: "discovery/legacy, without aggregation", Run: legacyDiscovery},
	{Name: "discovery/preferred resources", Run: preferredResources},
	{Name: "discovery/rest mapper", Run: restMapping},
	{Name: "discovery/openapi v2", Run: openAPIV2},
	{Name: "discovery/openapi v3", Run: openAPIV3},
}

func serverVersion(_ context.Context, env check.Env) error {
	version, err := env.Client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	return check.First(
		check.Want("major", version.Major, "1"),
		check.Want("gitVersion begins with v1.", version.GitVersion[:3], "v1."),
	)
}

func groupsAndResources(_ context.Context, env check.Env) error {
	groups, resources, err := env.Client.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	return wantGroups(len(groups), func(groupVersion, name string) bool {
		return slices.ContainsFunc(resources, func(list *metaList) bool {
			return list.GroupVersion == groupVersion && slices.ContainsFunc(list.APIResources, func(one metaResource) bool { return one.Name == name })
		})
	})
}

func legacyDiscovery(_ context.Context, env check.Env) error {
	client := discovery.NewDiscoveryClientForConfigOrDie(env.Config)
	client.UseLegacyDiscovery = true
	groups, resources, err := client.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	return wantGroups(len(groups), func(groupVersion, name string) bool {
		return slices.ContainsFunc(resources, func(list *metaList) bool {
			return list.GroupVersion == groupVersion && slices.ContainsFunc(list.APIResources, func(one metaResource) bool { return one.Name == name })
		})
	})
}

func wantGroups(groups int, has func(groupVersion, name string) bool) error {
	if groups < 12 {
		return fmt.Errorf("only %d groups", groups)
	}
	for _, want := range [][2]string{
		{"v1", "pods"}, {"v1", "pods/status"}, {"apps/v1", "deployments/scale"}, {"batch/v1", "cronjobs"},
		{"coordination.k8s.io/v1", "leases"}, {"apiextensions.k8s.io/v1", "customresourcedefinitions"}, {"events.k8s.io/v1", "events"},
		{"v1", "serviceaccounts/token"}, {"v1", "pods/eviction"}, {"authorization.k8s.io/v1", "selfsubjectaccessreviews"},
	} {
		if !has(want[0], want[1]) {
			return fmt.Errorf("%s has no %s", want[0], want[1])
		}
	}
	return nil
}

func preferredResources(_ context.Context, env check.Env) error {
	lists, err := env.Client.Discovery().ServerPreferredNamespacedResources()
	if err != nil {
		return err
	}
	gvrs, err := discovery.GroupVersionResources(discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch", "delete"}}, lists))
	if err != nil {
		return err
	}
	if _, ok := gvrs[schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}]; !ok {
		return fmt.Errorf("no configmaps in %d resources", len(gvrs))
	}
	_, autoscaling := gvrs[schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}]
	return check.Want("autoscaling/v2 is preferred", autoscaling, true)
}

func restMapping(_ context.Context, env check.Env) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(env.Client.Discovery()))
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"})
	if err != nil {
		return err
	}
	short := restmapper.NewShortcutExpander(mapper, env.Client.Discovery(), nil)
	resource, err := short.ResourceFor(schema.GroupVersionResource{Resource: "deploy"})
	return check.First(err,
		check.Want("resource", mapping.Resource.Resource, "deployments"),
		check.Want("scope", mapping.Scope.Name(), "namespace"),
		check.Want("short name", resource.Resource, "deployments"))
}

func openAPIV2(_ context.Context, env check.Env) error {
	document, err := env.Client.Discovery().OpenAPISchema()
	if err != nil {
		return err
	}
	for _, definition := range document.Definitions.AdditionalProperties {
		if definition.Name == "io.k8s.api.core.v1.ConfigMap" {
			return nil
		}
	}
	return fmt.Errorf("no ConfigMap in %d definitions", len(document.Definitions.AdditionalProperties))
}

func openAPIV3(_ context.Context, env check.Env) error {
	paths, err := env.Client.Discovery().OpenAPIV3().Paths()
	if err != nil {
		return err
	}
	for _, contentType := range []string{"application/json", openapi.ContentTypeOpenAPIV3PB} {
		if bytes, err := paths["apis/apps/v1"].Schema(contentType); err != nil || len(bytes) == 0 {
			return fmt.Errorf("%s of apps/v1: %d bytes, %w", contentType, len(bytes), err)
		}
	}
	root := openapi3.NewRoot(env.Client.Discovery().OpenAPIV3())
	spec, err := root.GVSpec(schema.GroupVersion{Version: "v1"})
	if err != nil {
		return err
	}
	_, ok := spec.Components.Schemas["io.k8s.api.core.v1.Pod"]
	return check.Want("has Pod", ok, true)
}
