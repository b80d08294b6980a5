package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	"kvop/conformance/check"
)

var watchChecks = []check.Check{
	{Name: "watch/order, selector and resume", Run: watchOrder},
	{Name: "watch/initial events, then a bookmark", Run: watchList},
	{Name: "watch/from version 0 and from now", Run: watchStarts},
	{Name: "watch/a timeout ends it", Run: watchTimeout},
	{Name: "watch/a version that is none", Run: watchNoVersion},
	{Name: "watch/100 over one connection", Run: manyWatches},
	{Name: "watch/retry watcher", Run: retryWatcher},
}

func told(event watch.Event) string {
	accessor, err := meta.Accessor(event.Object)
	if err != nil {
		return fmt.Sprintf("%s %v", event.Type, event.Object)
	}
	return fmt.Sprintf("%s %s", event.Type, accessor.GetName())
}

// follow puts the events of the watch into a log, bookmarks left out.
func follow(watcher watch.Interface) *check.Log {
	log := &check.Log{}
	go func() {
		for event := range watcher.ResultChan() {
			if event.Type != watch.Bookmark {
				log.Add("%s", told(event))
			}
		}
		log.Add("end")
	}()
	return log
}

func watchOrder(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	list, err := configMaps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	watcher, err := configMaps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion, LabelSelector: "on"})
	if err != nil {
		return err
	}
	log := follow(watcher)
	object := configMap("a", nil)
	object.Labels = map[string]string{"on": ""}
	first, err := configMaps.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if _, err := configMaps.Create(ctx, configMap("unseen", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	changed := first.DeepCopy()
	changed.Data = map[string]string{"x": "y"}
	if changed, err = configMaps.Update(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return err
	}
	changed.Labels = nil
	if changed, err = configMaps.Update(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return err
	}
	changed.Labels = map[string]string{"on": ""}
	if _, err = configMaps.Update(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := configMaps.Delete(ctx, "a", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if err := log.WaitFor(ctx, "ADDED a", "MODIFIED a", "DELETED a", "ADDED a", "DELETED a"); err != nil {
		return err
	}
	watcher.Stop()
	resumed, err := configMaps.Watch(ctx, metav1.ListOptions{ResourceVersion: first.ResourceVersion, LabelSelector: "on"})
	if err != nil {
		return err
	}
	defer resumed.Stop()
	return follow(resumed).WaitFor(ctx, "MODIFIED a", "DELETED a", "ADDED a", "DELETED a")
}

func watchList(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 3); err != nil {
		return err
	}
	yes := true
	watcher, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Watch(ctx, metav1.ListOptions{
		SendInitialEvents: &yes, AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	names := ""
	for event := range watcher.ResultChan() {
		accessor, err := meta.Accessor(event.Object)
		if err != nil {
			return err
		}
		if event.Type != watch.Bookmark {
			names += string(event.Type) + " " + accessor.GetName() + ", "
			continue
		}
		return check.First(
			check.Want("initial events", names, "ADDED c-00, ADDED c-01, ADDED c-02, "),
			check.Want("annotation", accessor.GetAnnotations()[metav1.InitialEventsAnnotationKey], "true"),
			check.Want("a version", accessor.GetResourceVersion() != "", true))
	}
	return fmt.Errorf("the watch ended after %s", names)
}

func watchStarts(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 2); err != nil {
		return err
	}
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	for _, version := range []string{"0", ""} {
		watcher, err := configMaps.Watch(ctx, metav1.ListOptions{ResourceVersion: version})
		if err != nil {
			return err
		}
		defer watcher.Stop()
		if err := follow(watcher).WaitFor(ctx, "ADDED c-00", "ADDED c-01"); err != nil {
			return fmt.Errorf("from %q: %w", version, err)
		}
	}
	return nil
}

func watchTimeout(ctx context.Context, env check.Env) error {
	second := int64(1)
	watcher, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Watch(ctx, metav1.ListOptions{TimeoutSeconds: &second})
	if err != nil {
		return err
	}
	return follow(watcher).WaitFor(ctx, "end")
}

func watchNoVersion(ctx context.Context, env check.Env) error {
	_, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: "x"})
	return check.First(
		check.Want("reason", string(errors.ReasonForError(err)), ""),
		check.Want("text", err, `resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax`))
}

func manyWatches(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	logs := []*check.Log{}
	for range 100 {
		watcher, err := configMaps.Watch(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		defer watcher.Stop()
		logs = append(logs, follow(watcher))
	}
	if err := fill(ctx, env, 3); err != nil {
		return err
	}
	var group sync.WaitGroup
	failures := make(chan error, len(logs))
	for _, log := range logs {
		group.Go(func() { failures <- log.WaitFor(ctx, "ADDED c-00", "ADDED c-01", "ADDED c-02") })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func retryWatcher(ctx context.Context, env check.Env) error {
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	list, err := configMaps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	second := int64(1)
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.TimeoutSeconds = &second
			return configMaps.Watch(ctx, options)
		},
		ListFunc: func(options metav1.ListOptions) (runtime.Object, error) { return configMaps.List(ctx, options) },
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	log := follow(watcher)
	want := []string{}
	for index := range 4 {
		name := fmt.Sprintf("n-%d", index)
		if _, err := configMaps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
		want = append(want, "ADDED "+name)
		time.Sleep(700 * time.Millisecond)
	}
	return log.WaitFor(ctx, want...)
}
