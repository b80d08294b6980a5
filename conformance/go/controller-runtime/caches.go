package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"kvop/conformance/check"
	"kvop/conformance/widget"
)

var cacheChecks = []check.Check{
	{Name: "cache/field index", Run: fieldIndex},
	{Name: "cache/namespaces, selectors, transforms", Run: cacheScopes},
	{Name: "cache/metadata alone", Run: cacheMetadata},
	{Name: "cache/follows what is written", Run: cacheFollows},
}

// started starts the cache and waits until it has synced the given objects.
func started(ctx context.Context, env check.Env, options cache.Options, objects ...client.Object) (cache.Cache, error) {
	built, err := cache.New(env.Config, options)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if _, err := built.GetInformer(ctx, object); err != nil {
			return nil, err
		}
	}
	go func() { _ = built.Start(ctx) }()
	if !built.WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("the cache did not sync")
	}
	return built, nil
}

func fieldIndex(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("index"))
	if err != nil {
		return err
	}
	defer remove()
	for index := range 4 {
		one := newWidget(env, fmt.Sprintf("w-%d", index))
		if index%2 == 0 {
			one.Spec.Color = "green"
		}
		if err := api.Create(ctx, one); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	built, err := cache.New(env.Config, cache.Options{Scheme: api.Scheme()})
	if err != nil {
		return err
	}
	err = built.IndexField(ctx, &widget.Widget{}, "spec.color", func(object client.Object) []string {
		return []string{object.(*widget.Widget).Spec.Color}
	})
	if err != nil {
		return err
	}
	go func() { _ = built.Start(ctx) }()
	built.WaitForCacheSync(ctx)
	list := &widget.WidgetList{}
	err = built.List(ctx, list, client.InNamespace(env.Namespace), client.MatchingFields{"spec.color": "green"})
	return check.First(err, check.Want("green", len(list.Items), 2))
}

func cacheScopes(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("scopes"))
	if err != nil {
		return err
	}
	defer remove()
	one := newWidget(env, "seen")
	one.Labels = map[string]string{"seen": "yes"}
	one.Annotations = map[string]string{"big": "text"}
	if err := check.First(api.Create(ctx, one), api.Create(ctx, newWidget(env, "unseen"))); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	built, err := started(ctx, env, cache.Options{
		Scheme:            api.Scheme(),
		DefaultNamespaces: map[string]cache.Config{env.Namespace: {}},
		ByObject: map[client.Object]cache.ByObject{&widget.Widget{}: {
			Label: labels.SelectorFromSet(labels.Set{"seen": "yes"}),
			Transform: func(object any) (any, error) {
				object.(*widget.Widget).Annotations = nil
				return object, nil
			},
		}},
	}, &widget.Widget{}, &corev1.ConfigMap{})
	if err != nil {
		return err
	}
	list := &widget.WidgetList{}
	err = built.List(ctx, list)
	if err == nil && len(list.Items) == 1 {
		err = check.Want("annotations", len(list.Items[0].Annotations), 0)
	}
	return check.First(err, check.Want("seen", len(list.Items), 1))
}

func cacheMetadata(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("metadata"))
	if err != nil {
		return err
	}
	defer remove()
	if err := api.Create(ctx, newWidget(env, "w")); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(widget.GroupVersion(env.Group("metadata")).WithKind("Widget"))
	built, err := started(ctx, env, cache.Options{Scheme: api.Scheme()}, partial)
	if err != nil {
		return err
	}
	if err := built.Get(ctx, client.ObjectKey{Namespace: env.Namespace, Name: "w"}, partial); err != nil {
		return err
	}
	return check.Want("uid", partial.UID != "", true)
}

func cacheFollows(ctx context.Context, env check.Env) error {
	api, remove, err := newClient(env.Config, env.Group("follows"))
	if err != nil {
		return err
	}
	defer remove()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	built, err := started(ctx, env, cache.Options{Scheme: api.Scheme()}, &widget.Widget{}, &corev1.Secret{})
	if err != nil {
		return err
	}
	one := newWidget(env, "w")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: env.Namespace}}
	if err := check.First(api.Create(ctx, one), api.Create(ctx, secret)); err != nil {
		return err
	}
	one.Spec.Color = "green"
	if err := api.Update(ctx, one); err != nil {
		return err
	}
	if err := check.Eventually(ctx, func() error {
		read := &widget.Widget{}
		err := built.Get(ctx, client.ObjectKeyFromObject(one), read)
		return check.First(err, check.Want("color", read.Spec.Color, "green"), built.Get(ctx, client.ObjectKeyFromObject(secret), &corev1.Secret{}))
	}); err != nil {
		return err
	}
	if err := api.Delete(ctx, one); err != nil {
		return err
	}
	return check.Eventually(ctx, func() error {
		err := built.Get(ctx, client.ObjectKeyFromObject(one), &widget.Widget{})
		return check.Want("gone", err != nil && client.IgnoreNotFound(err) == nil, true)
	})
}
