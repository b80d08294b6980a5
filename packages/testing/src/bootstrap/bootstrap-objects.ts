import { aggregateClusterRoles } from "../authorization/aggregate-cluster-roles.js";
import type { RbacClusterRole } from "../authorization/rbac-objects.js";
import { readBuiltInData } from "../built-in/built-in-data.js";
import { once } from "../built-in/once.js";
import type { JsonObject } from "../schema/json.js";

const CLUSTER_ROLES = "rbac.authorization.k8s.io/clusterroles";

const readTemplates = once((): Readonly<Record<string, readonly JsonObject[]>> => {
  const data = readBuiltInData("bootstrap.json.br") as Record<string, readonly JsonObject[]>;
  const roles = data[CLUSTER_ROLES] as unknown as readonly RbacClusterRole[];
  // What the controller manager adds at once in a whole cluster.
  return {
    ...data,
    [CLUSTER_ROLES]: aggregateClusterRoles(roles) as unknown as readonly JsonObject[],
  };
});

/**
 * The objects that a fresh kube-apiserver (1.37) makes by itself, by storage key, without uid and version, and with
 * placeholders for what is other on each server. The same ones at each call, for all servers of a process: they are never
 * changed.
 */
export function bootstrapObjects(): Readonly<Record<string, readonly JsonObject[]>> {
  return readTemplates();
}
