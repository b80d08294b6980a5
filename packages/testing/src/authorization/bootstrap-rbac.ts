import { readBuiltInData } from "../built-in/built-in-data.js";
import { aggregateClusterRoles } from "./aggregate-cluster-roles.js";
import type { RbacBinding, RbacClusterRole, RbacRole } from "./rbac-objects.js";

/** The RBAC objects that a real server (1.37) makes at its first start, without `uid`, times and versions. */
export interface BootstrapRbac {
  /** `cluster-admin`, `admin`, `edit`, `view` and the `system:` ones, aggregated. */
  readonly clusterRoles: readonly RbacClusterRole[];
  readonly clusterRoleBindings: readonly RbacBinding[];
  /** In `kube-system` and `kube-public`. */
  readonly roles: readonly RbacRole[];
  readonly roleBindings: readonly RbacBinding[];
}

/** A new copy at each call: whoever stores the objects may change them. */
export function bootstrapRbac(): BootstrapRbac {
  const data = readBuiltInData("bootstrap-rbac.json.br") as BootstrapRbac;
  return { ...data, clusterRoles: aggregateClusterRoles(data.clusterRoles) };
}
