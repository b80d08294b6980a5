// Checks of an API server by controller-runtime, as operators use it. KUBECONFIG names the server.
package main

import (
	"os"
	"slices"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"kvop/conformance/check"
	"kvop/conformance/widget"
)

func main() {
	ctrl.SetLogger(logr.Discard())
	os.Exit(check.Main(slices.Concat(clientChecks, cacheChecks, managerChecks)))
}

// install makes the widgets of a group served, with envtest's own waiting, and gives a scheme that knows them.
func install(config *rest.Config, group string) (scheme *runtime.Scheme, remove func(), err error) {
	scheme = runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, nil, err
	}
	if err := apiextensionsv1.AddToScheme(scheme); err != nil {
		return nil, nil, err
	}
	widget.AddToScheme(scheme, group)
	options := envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{widget.Definition(group)}}
	if _, err := envtest.InstallCRDs(config, options); err != nil {
		return nil, nil, err
	}
	return scheme, func() { _ = envtest.UninstallCRDs(config, options) }, nil
}

func newClient(config *rest.Config, group string) (client.WithWatch, func(), error) {
	scheme, remove, err := install(config, group)
	if err != nil {
		return nil, nil, err
	}
	built, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	return built, remove, err
}
