package main

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/pager"

	"kvop/conformance/check"
)

var listChecks = []check.Check{
	{Name: "list/pages of one moment", Run: pages},
	{Name: "list/pager", Run: pagerReadsAll},
	{Name: "list/selectors", Run: selectors},
	{Name: "list/resourceVersion and its match", Run: versions},
	{Name: "list/metadata alone", Run: metadataAlone},
	{Name: "list/table", Run: table},
}

func fill(ctx context.Context, env check.Env, count int) error {
	for index := range count {
		object := configMap(fmt.Sprintf("c-%02d", index), map[string]string{"n": fmt.Sprint(index)})
		object.Labels = map[string]string{"third": fmt.Sprint(index % 3)}
		if _, err := env.Client.CoreV1().ConfigMaps(env.Namespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func pages(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 7); err != nil {
		return err
	}
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	first, err := configMaps.List(ctx, metav1.ListOptions{Limit: 3})
	if err != nil {
		return err
	}
	if _, err := configMaps.Create(ctx, configMap("c-03-later", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	second, err := configMaps.List(ctx, metav1.ListOptions{Limit: 3, Continue: first.Continue})
	if err != nil {
		return err
	}
	third, err := configMaps.List(ctx, metav1.ListOptions{Limit: 3, Continue: second.Continue})
	if err != nil {
		return err
	}
	names := []string{}
	for _, page := range []*corev1.ConfigMapList{first, second, third} {
		for index := range page.Items {
			names = append(names, page.Items[index].Name)
		}
	}
	if first.RemainingItemCount == nil || second.RemainingItemCount == nil {
		return fmt.Errorf("no remainingItemCount")
	}
	_, broken := configMaps.List(ctx, metav1.ListOptions{Limit: 3, Continue: "broken"})
	return check.First(
		check.Want("names", strings.Join(names, " "), "c-00 c-01 c-02 c-03 c-04 c-05 c-06"),
		check.Want("remaining", fmt.Sprint(*first.RemainingItemCount, *second.RemainingItemCount, third.RemainingItemCount == nil), "4 1 true"),
		check.Want("one moment", second.ResourceVersion+third.ResourceVersion, first.ResourceVersion+first.ResourceVersion),
		check.Want("end", third.Continue, ""),
		check.Want("a broken token", errors.IsBadRequest(broken), true),
	)
}

func pagerReadsAll(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 11); err != nil {
		return err
	}
	reader := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return env.Client.CoreV1().ConfigMaps(env.Namespace).List(ctx, options)
	})
	reader.PageSize = 4
	count := 0
	err := reader.EachListItem(ctx, metav1.ListOptions{}, func(runtime.Object) error { count++; return nil })
	return check.First(err, check.Want("count", count, 11))
}

func selectors(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 9); err != nil {
		return err
	}
	count := func(options metav1.ListOptions) string {
		list, err := env.Client.CoreV1().ConfigMaps(env.Namespace).List(ctx, options)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(len(list.Items))
	}
	return check.First(
		check.Want("equal", count(metav1.ListOptions{LabelSelector: "third=1"}), 3),
		check.Want("not in", count(metav1.ListOptions{LabelSelector: "third notin (1,2),!nosuch"}), 3),
		check.Want("field", count(metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", "c-04").String()}), 1),
		check.Want("not the field", count(metav1.ListOptions{FieldSelector: "metadata.name!=c-04", LabelSelector: "third=1"}), 2),
		check.Want("all namespaces", count(metav1.ListOptions{FieldSelector: "metadata.namespace=" + env.Namespace}), 9),
	)
}

func versions(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 2); err != nil {
		return err
	}
	configMaps := env.Client.CoreV1().ConfigMaps(env.Namespace)
	before, err := configMaps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if _, err := configMaps.Create(ctx, configMap("later", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	exact, err := configMaps.List(ctx, metav1.ListOptions{ResourceVersion: before.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchExact})
	if err != nil {
		return err
	}
	notOlder, err := configMaps.List(ctx, metav1.ListOptions{ResourceVersion: before.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
	if err != nil {
		return err
	}
	any, err := configMaps.List(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return err
	}
	// Without the retries of client-go: the server waits a few seconds for a version that is to come.
	future := env.Client.CoreV1().RESTClient().Get().MaxRetries(0).Namespace(env.Namespace).Resource("configmaps").
		Param("resourceVersion", "999999999").Do(ctx).Error()
	return check.First(
		check.Want("exact", len(exact.Items), 2),
		check.Want("exact version", exact.ResourceVersion, before.ResourceVersion),
		check.Want("not older", len(notOlder.Items) >= 2, true),
		check.Want("any", len(any.Items) >= 2, true),
		check.Want("a future version", errors.HasStatusCause(future, metav1.CauseTypeResourceVersionTooLarge), true),
	)
}

func metadataAlone(ctx context.Context, env check.Env) error {
	if err := fill(ctx, env, 3); err != nil {
		return err
	}
	client, err := metadata.NewForConfig(env.Config)
	if err != nil {
		return err
	}
	list, err := client.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace(env.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	one, err := client.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace(env.Namespace).Get(ctx, "c-01", metav1.GetOptions{})
	return check.First(err, check.Want("items", len(list.Items), 3), check.Want("labels", one.Labels, map[string]string{"third": "1"}))
}

func table(ctx context.Context, env check.Env) error {
	if _, err := env.Client.AppsV1().Deployments(env.Namespace).Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		return err
	}
	answer := &metav1.Table{}
	err := env.Client.AppsV1().RESTClient().Get().Namespace(env.Namespace).Resource("deployments").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(ctx).Into(answer)
	if err != nil {
		return err
	}
	if len(answer.Rows) != 1 {
		return fmt.Errorf("%d rows", len(answer.Rows))
	}
	object, err := runtime.Decode(metaCodec, answer.Rows[0].Object.Raw)
	if err != nil {
		return err
	}
	accessor, err := meta.Accessor(object)
	return check.First(err,
		check.Want("cells", answer.Rows[0].Cells[:4], []any{"web", "0/1", 0, 0}),
		check.Want("name", accessor.GetName(), "web"))
}

var metaCodec = func() runtime.Decoder {
	scheme := runtime.NewScheme()
	_ = metav1.AddMetaToScheme(scheme)
	return serializer.NewCodecFactory(scheme).UniversalDeserializer()
}()
