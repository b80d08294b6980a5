import type { ServedResource } from "../api-server/resource-registry.js";
import type { WriteTarget } from "../api-server/write-target.js";

/** An object as the target of a controller's own write. */
export function controllerTarget(
  resource: ServedResource,
  namespace: string,
  name: string,
): WriteTarget {
  return {
    resource,
    namespace,
    name,
    subresource: "",
    dryRun: false,
    fieldValidation: "Ignore",
    fieldManager: "",
    userAgent: "kube-controller-manager",
    bodyBytes: 0,
    force: false,
    user: {
      username: "system:serviceaccount:kube-system:generic-garbage-collector",
      groups: ["system:serviceaccounts", "system:authenticated"],
    },
  };
}
