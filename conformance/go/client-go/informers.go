package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"

	"kvop/conformance/check"
)

var informerChecks = []check.Check{
	{Name: "informer/add, update, delete in order", Run: informerOrder},
	{Name: "informer/resync", Run: informerResync},
	{Name: "informer/index and lister", Run: informerIndex},
	{Name: "informer/dynamic and metadata", Run: informerKinds},
	{Name: "informer/500 objects, three informers agree", Run: informerMany},
}

var configMapsResource = corev1.SchemeGroupVersion.WithResource("configmaps")

func handler(log *check.Log) cache.ResourceEventHandlerDetailedFuncs {
	name := func(object any) string {
		if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = tombstone.Obj
		}
		accessor, err := meta.Accessor(object)
		if err != nil {
			return err.Error()
		}
		return accessor.GetName()
	}
	return cache.ResourceEventHandlerDetailedFuncs{
		AddFunc:    func(object any, initial bool) { log.Add("add %s %v", name(object), initial) },
		UpdateFunc: func(before, after any) { log.Add("update %s", name(after)) },
		DeleteFunc: func(object any) { log.Add("delete %s", name(object)) },
	}
}

func factory(env check.Env, resync time.Duration) informers.SharedInformerFactory {
	return informers.NewSharedInformerFactoryWithOptions(env.Client, resync, informers.WithNamespace(env.Namespace))
}

func informerOrder(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	if _, err := configMaps.Create(ctx, configMap("before", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	shared := factory(env, 0)
	log := &check.Log{}
	registration, err := shared.Core().V1().ConfigMaps().Informer().AddEventHandler(handler(log))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shared.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
		return fmt.Errorf("the informer did not sync")
	}
	created, err := configMaps.Create(ctx, configMap("after", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	created.Data = map[string]string{"x": "y"}
	if _, err := configMaps.Update(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := check.First(configMaps.Delete(ctx, "after", metav1.DeleteOptions{}), configMaps.Delete(ctx, "before", metav1.DeleteOptions{})); err != nil {
		return err
	}
	return log.WaitFor(ctx, "add before true", "add after false", "update after", "delete after", "delete before")
}

func informerResync(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 1); err != nil {
		return err
	}
	shared := factory(env, time.Second)
	var resyncs atomic.Int32
	_, err := shared.Core().V1().ConfigMaps().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(before, after any) {
		if before.(*corev1.ConfigMap).ResourceVersion == after.(*corev1.ConfigMap).ResourceVersion {
			resyncs.Add(1)
		}
	}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shared.Start(ctx.Done())
	return check.Eventually(ctx, func() error { return check.Want("two resyncs", resyncs.Load() >= 2, true) })
}

func informerIndex(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 9); err != nil {
		return err
	}
	shared := factory(env, 0)
	informer := shared.Core().V1().ConfigMaps().Informer()
	err := informer.AddIndexers(cache.Indexers{"third": func(object any) ([]string, error) {
		return []string{object.(*corev1.ConfigMap).Labels["third"]}, nil
	}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shared.Start(ctx.Done())
	shared.WaitForCacheSync(ctx.Done())
	found, err := informer.GetIndexer().ByIndex("third", "2")
	if err != nil {
		return err
	}
	listed, err := shared.Core().V1().ConfigMaps().Lister().ConfigMaps(env.Namespace).List(labels.SelectorFromSet(labels.Set{"third": "1"}))
	return check.First(err, check.Want("by index", len(found), 3), check.Want("by label", len(listed), 3))
}

func informerKinds(ctx context.Context, env check.Env) error {
	objects, err := dynamic.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	metadatas, err := metadata.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dynamicFactory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(objects, 0, env.Namespace, nil)
	metadataFactory := metadatainformer.NewFilteredSharedInformerFactory(metadatas, 0, env.Namespace, nil)
	logs := [2]*check.Log{{}, {}}
	for index, informer := range []cache.SharedIndexInformer{dynamicFactory.ForResource(configMapsResource).Informer(), metadataFactory.ForResource(configMapsResource).Informer()} {
		if _, err := informer.AddEventHandler(handler(logs[index])); err != nil {
			return err
		}
	}
	dynamicFactory.Start(ctx.Done())
	metadataFactory.Start(ctx.Done())
	dynamicFactory.WaitForCacheSync(ctx.Done())
	metadataFactory.WaitForCacheSync(ctx.Done())
	if err := fill(ctx, env, 1); err != nil {
		return err
	}
	if err := env.Client.CoreV1().ConfigMaps(env.Namespace).Delete(ctx, "c-00", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return check.First(
		logs[0].WaitFor(ctx, "add c-00 false", "delete c-00"),
		logs[1].WaitFor(ctx, "add c-00 false", "delete c-00"))
}

func informerMany(ctx context.Context, env check.Env) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stores := []cache.Store{}
	for range 3 {
		shared := factory(env, 0)
		stores = append(stores, shared.Core().V1().ConfigMaps().Informer().GetStore())
		shared.Start(ctx.Done())
		shared.WaitForCacheSync(ctx.Done())
	}
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	for index := range 500 {
		created, err := configMaps.Create(ctx, configMap(fmt.Sprintf("m-%03d", index), nil), metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if index%5 == 0 {
			if err := configMaps.Delete(ctx, created.Name, metav1.DeleteOptions{}); err != nil {
				return err
			}
		}
	}
	list, err := configMaps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	want := []string{}
	for index := range list.Items {
		want = append(want, list.Items[index].Name+"@"+list.Items[index].ResourceVersion)
	}
	for _, store := range stores {
		if err := check.Eventually(ctx, func() error {
			got := []string{}
			for _, object := range store.List() {
				one := object.(*corev1.ConfigMap)
				got = append(got, one.Name+"@"+one.ResourceVersion)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				return fmt.Errorf("%d objects, not the %d of the list", len(got), len(want))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
