// Checks of an API server by client-go, as operators use it. KUBECONFIG names the server.
package main

import (
	"os"
	"slices"

	"kvop/conformance/check"
)

func main() {
	os.Exit(check.Main(slices.Concat(
		discoveryChecks, objectChecks, patchChecks, applyChecks, listChecks, watchChecks,
		informerChecks, coordinationChecks, dynamicChecks, accessChecks, podChecks,
	)))
}
