import {
  checkBindingEscalation,
  checkRoleEscalation,
  type EscalationVerdict,
} from "../authorization/check-escalation.js";
import type { PolicyRule, RoleReference } from "../authorization/rbac-objects.js";
import type { GroupVersionKind } from "../dynamic-admission/admitted-write.js";
import { type JsonObject, jsonEqual } from "../schema/json.js";
import { storedRbac } from "./authorize-request.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import type { AdmissionRequest, ServerContext } from "./server-context.js";
import { metadataOf, storeKey, type WriteTarget } from "./write-target.js";

const RBAC = "rbac.authorization.k8s.io";
/** Namespaces without which a cluster cannot be. */
const KEPT_NAMESPACES = new Set(["default", "kube-system", "kube-public"]);

/** A write on its way through the admission handlers, and what they remark. */
export interface Admission {
  readonly operation: AdmissionRequest["operation"] | "CONNECT";
  readonly old: JsonObject | undefined;
  readonly target: WriteTarget;
  readonly context: ServerContext;
  readonly remarks: string[];
  /** Of the object, where it is not the kind of the resource. */
  readonly kind?: GroupVersionKind | undefined;
  /** Of a deletion. */
  readonly options?: JsonObject | undefined;
}

/** Lets the mutating handlers change an object or refuse it, in the order in which they were added. */
export function mutateObject(object: JsonObject, admission: Admission): JsonObject {
  let admitted = object;
  for (const handler of admission.context.admission.mutating) {
    admitted = handler(admissionRequest(admitted, admission)) ?? admitted;
  }
  return admitted;
}

/** Lets the validating handlers refuse an object. */
export function judgeObject(object: JsonObject, admission: Admission): void {
  for (const handler of admission.context.admission.validating) {
    handler(admissionRequest(object, admission));
  }
}

function admissionRequest(
  object: JsonObject,
  { operation, old, target, remarks }: Admission,
): AdmissionRequest {
  const { group, plural } = target.resource;
  return {
    operation: operation as AdmissionRequest["operation"],
    group,
    plural,
    subresource: target.subresource,
    object,
    oldObject: old,
    userName: target.user.username,
    user: target.user,
    dryRun: target.dryRun,
    warn: (text) => void remarks.push(text),
  };
}

/** Refuses to put something into a namespace that is not there or about to go. */
export function checkNamespace(
  resource: ServedResource,
  namespace: string,
  name: string,
  context: ServerContext,
): void {
  if (!resource.namespaced) return;
  const found = context.store.get("/namespaces", storeKey("", namespace));
  if (found === undefined) {
    throw refuse.notFound({ group: "", plural: "namespaces", kind: "Namespace" }, namespace);
  }
  if (metadataOf(found)["deletionTimestamp"] !== undefined)
    throw refuse.namespaceTerminating(resource, name, namespace);
}

/** Refuses to delete a namespace that the cluster needs. */
export function checkNamespaceDeletion(resource: ServedResource, name: string): void {
  if (resource.storageKey !== "/namespaces" || !KEPT_NAMESPACES.has(name)) return;
  throw refuse.forbidden(
    resource,
    name,
    `namespaces "${name}" is forbidden: this namespace may not be deleted`,
  );
}

/** Refuses a role or binding that grants more than its writer holds, where RBAC decides. */
export function checkEscalation(
  object: JsonObject,
  old: JsonObject | undefined,
  target: WriteTarget,
  context: ServerContext,
): void {
  const { resource, user, namespace } = target;
  if (context.authorization !== "RBAC" || resource.group !== RBAC) return;
  const name = String(metadataOf(object)["name"] ?? "");
  const objects = storedRbac(context.store);
  const request = { user, namespace, name };
  const isSame = (...fields: string[]): boolean =>
    old !== undefined && fields.every((field) => jsonEqual(object[field], old[field]));
  const verdict = ((): EscalationVerdict => {
    switch (resource.plural) {
      case "roles":
      case "clusterroles":
        if (isSame("rules", "aggregationRule")) return { kind: "allowed" };
        return checkRoleEscalation(
          {
            ...request,
            resource: resource.plural,
            rules: (object["rules"] ?? []) as unknown as PolicyRule[],
            isAggregated: object["aggregationRule"] !== undefined,
          },
          objects,
        );
      case "rolebindings":
      case "clusterrolebindings":
        if (isSame("roleRef", "subjects")) return { kind: "allowed" };
        return checkBindingEscalation(
          {
            ...request,
            resource: resource.plural,
            roleRef: object["roleRef"] as unknown as RoleReference,
          },
          objects,
        );
      default:
        return { kind: "allowed" };
    }
  })();
  if (verdict.kind === "forbidden") throw refuse.forbidden(resource, name, verdict.message);
  if (verdict.kind === "role-not-found") {
    const { kind, name: roleName } = object["roleRef"] as unknown as RoleReference;
    const plural = kind === "ClusterRole" ? "clusterroles" : "roles";
    throw refuse.notFound({ group: RBAC, plural, kind }, roleName);
  }
}
