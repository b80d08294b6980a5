// Package widget has a custom resource of the checks: its Go type, and its CustomResourceDefinition.
package widget

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Spec is what is wanted of a widget.
type Spec struct {
	Color    string `json:"color"`
	Replicas *int32 `json:"replicas,omitempty"`
}

// Status is what a widget is.
type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Replicas           int32              `json:"replicas,omitempty"`
	Selector           string             `json:"selector,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// Widget is the custom resource.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status,omitempty"`
}

// WidgetList is a list of them.
type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Widget `json:"items"`
}

// DeepCopyObject makes Widget a runtime.Object.
func (w *Widget) DeepCopyObject() runtime.Object {
	out := *w
	w.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	if w.Spec.Replicas != nil {
		replicas := *w.Spec.Replicas
		out.Spec.Replicas = &replicas
	}
	out.Status.Conditions = nil
	for _, condition := range w.Status.Conditions {
		out.Status.Conditions = append(out.Status.Conditions, *condition.DeepCopy())
	}
	return &out
}

// DeepCopyObject makes WidgetList a runtime.Object.
func (l *WidgetList) DeepCopyObject() runtime.Object {
	out := *l
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = nil
	for index := range l.Items {
		out.Items = append(out.Items, *l.Items[index].DeepCopyObject().(*Widget))
	}
	return &out
}

// GroupVersion of widgets in the given group: every check that needs them takes a group of its own.
func GroupVersion(group string) schema.GroupVersion {
	return schema.GroupVersion{Group: group, Version: "v1"}
}

// AddToScheme registers the types under the group.
func AddToScheme(scheme *runtime.Scheme, group string) {
	scheme.AddKnownTypes(GroupVersion(group), &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, GroupVersion(group))
}

// Definition is the CustomResourceDefinition of the group.
func Definition(group string) *apiextensionsv1.CustomResourceDefinition {
	minimum := 0.0
	selector := ".status.selector"
	object := func(properties map[string]apiextensionsv1.JSONSchemaProps, required ...string) apiextensionsv1.JSONSchemaProps {
		return apiextensionsv1.JSONSchemaProps{Type: "object", Properties: properties, Required: required}
	}
	condition := object(map[string]apiextensionsv1.JSONSchemaProps{
		"type": {Type: "string"}, "status": {Type: "string"}, "reason": {Type: "string"}, "message": {Type: "string"},
		"lastTransitionTime": {Type: "string", Format: "date-time"}, "observedGeneration": {Type: "integer", Format: "int64"},
	}, "type", "status")
	listType := "map"
	spec := object(map[string]apiextensionsv1.JSONSchemaProps{
		"color":    {Type: "string", Enum: []apiextensionsv1.JSON{{Raw: []byte(`"red"`)}, {Raw: []byte(`"green"`)}}},
		"replicas": {Type: "integer", Format: "int32", Minimum: &minimum, Default: &apiextensionsv1.JSON{Raw: []byte("1")}},
	}, "color")
	spec.XValidations = apiextensionsv1.ValidationRules{
		{Rule: "self.replicas <= 100", Message: "at most 100 replicas"},
	}
	status := object(map[string]apiextensionsv1.JSONSchemaProps{
		"observedGeneration": {Type: "integer", Format: "int64"},
		"replicas":           {Type: "integer", Format: "int32"},
		"selector":           {Type: "string"},
		"conditions": {
			Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &condition},
			XListType: &listType, XListMapKeys: []string{"type"},
		},
	})
	root := object(map[string]apiextensionsv1.JSONSchemaProps{"spec": spec, "status": status}, "spec")
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets." + group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "widgets", Singular: "widget", Kind: "Widget", ListKind: "WidgetList"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &root},
				Subresources: &apiextensionsv1.CustomResourceSubresources{
					Status: &apiextensionsv1.CustomResourceSubresourceStatus{},
					Scale: &apiextensionsv1.CustomResourceSubresourceScale{
						SpecReplicasPath: ".spec.replicas", StatusReplicasPath: ".status.replicas", LabelSelectorPath: &selector,
					},
				},
				SelectableFields: []apiextensionsv1.SelectableField{{JSONPath: ".spec.color"}},
			}},
		},
	}
}
