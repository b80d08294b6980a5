import { convertAutoscaler } from "../api-server/convert-autoscaler.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { immutable, notNegative, supported } from "./field-rules.js";
import { type FieldError, forbidden, invalid } from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { numberAt, objectAt, textAt, textsAt } from "./json-access.js";
import { validateAutoscaler } from "./validate-autoscaler.js";
import { validateDisruptionBudget } from "./validate-disruption-budget.js";
import { validateEndpoints, validateEndpointSlice } from "./validate-endpoints.js";
import { validateEvent, validateNewEvent } from "./validate-event.js";
import { validateIngress, validateIngressClass } from "./validate-ingress.js";
import { validateLimitRange } from "./validate-limit-range.js";
import { validateNetworkPolicy } from "./validate-network-policy.js";
import { validateNode } from "./validate-node.js";
import { validateConfigMap, validateSecret } from "./validate-key-values.js";
import { validateCronJob } from "./validate-cron-job.js";
import { validateJob } from "./validate-job.js";
import { validatePod } from "./validate-pod.js";
import { validatePodUpdate } from "./validate-pod-update.js";
import { validateQuota } from "./validate-quota.js";
import { validateBinding, validateRole } from "./validate-rbac.js";
import { validateService } from "./validate-service.js";
import { validateClaim, validateVolumeObject } from "./validate-storage.js";
import { validateStorageClass } from "./validate-storage-class.js";
import { validateMutatingPolicy } from "./validate-mutating-policy.js";
import { validatePolicy } from "./validate-policy.js";
import { validatePolicyBinding } from "./validate-policy-binding.js";
import { validateWebhooks } from "./validate-webhooks.js";
import { validateWorkload } from "./validate-workload.js";

const MAX_USER_PRIORITY = 1_000_000_000;
const RBAC = "rbac.authorization.k8s.io";

/**
 * What the real server finds wrong with an object of a built-in kind, beyond its metadata and its types. To be asked after
 * `defaultBuiltIn`. Known for the kinds that clients commonly write; for others it finds nothing.
 *
 * Not checked: what is for Windows alone, volume sources of storage systems beyond their first field, and the difference that
 * the real server appends to some messages about immutable fields.
 *
 * @param group empty for the core group.
 * @param old the object as it is stored; undefined at creation.
 */
export function validateBuiltIn(
  group: string,
  kind: string,
  object: JsonObject,
  old?: JsonObject,
): FieldError[] {
  switch (`${group}/${kind}`) {
    case "/Pod":
      // What was accepted once stays accepted: an update is judged by what it changes.
      return old === undefined ? validatePod(object) : validatePodUpdate(object, old);
    case "/Secret":
      return validateSecret(object, old);
    case "/ConfigMap":
      return validateConfigMap(object, old);
    case "/Service":
      return validateService(object, old);
    case "/PersistentVolume":
      return validateVolumeObject(object, old);
    case "/PersistentVolumeClaim":
      return validateClaim(object, old);
    case "/Namespace":
      return validateNamespace(object);
    case "/Event":
      return validateEvent(object);
    case "events.k8s.io/Event":
      return old === undefined ? validateNewEvent(object) : [];
    case "apps/Deployment":
    case "apps/StatefulSet":
    case "apps/DaemonSet":
    case "apps/ReplicaSet":
      return validateWorkload(kind, object, old);
    case "batch/Job":
      return validateJob(object, old);
    case "batch/CronJob":
      return validateCronJob(object, old);
    case "storage.k8s.io/StorageClass":
      return validateStorageClass(object, old);
    case "coordination.k8s.io/Lease":
      return validateLease(objectAt(object, "spec"));
    case `${RBAC}/Role`:
    case `${RBAC}/ClusterRole`:
      return validateRole(kind, object);
    case `${RBAC}/RoleBinding`:
    case `${RBAC}/ClusterRoleBinding`:
      return validateBinding(kind, object, old);
    case "/ResourceQuota":
      return validateQuota(object);
    case "/Node":
      return validateNode(object);
    case "discovery.k8s.io/EndpointSlice":
      return validateEndpointSlice(object);
    case "/Endpoints":
      return validateEndpoints(object);
    case "/LimitRange":
      return validateLimitRange(object);
    case "scheduling.k8s.io/PriorityClass":
      return validatePriorityClass(object, old);
    case "autoscaling/HorizontalPodAutoscaler":
      return validateAutoscaler(inVersion2(object), old === undefined ? old : inVersion2(old));
    case "policy/PodDisruptionBudget":
      return validateDisruptionBudget(objectAt(object, "spec"));
    case "networking.k8s.io/NetworkPolicy":
      return [
        ...validateNetworkPolicy(objectAt(object, "spec")),
        ...validatePolicyTypes(objectAt(object, "spec")),
      ];
    case "networking.k8s.io/Ingress":
      return validateIngress(
        objectAt(object, "spec"),
        old === undefined ? old : objectAt(old, "spec"),
      );
    case "networking.k8s.io/IngressClass":
      return validateIngressClass(objectAt(object, "spec"));
    case "node.k8s.io/RuntimeClass":
      return [
        ...checkDns1123Label(textAt(object, "handler")).map((detail) =>
          invalid("handler", textAt(object, "handler"), detail),
        ),
        ...(old === undefined ? [] : immutable(object, old, "handler", "")),
      ];
    case "admissionregistration.k8s.io/ValidatingWebhookConfiguration":
    case "admissionregistration.k8s.io/MutatingWebhookConfiguration":
      return validateWebhooks(object);
    case "admissionregistration.k8s.io/ValidatingAdmissionPolicy":
      return validatePolicy(object);
    case "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding":
      return validatePolicyBinding(object);
    case "admissionregistration.k8s.io/MutatingAdmissionPolicy":
      return validateMutatingPolicy(object);
    case "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding":
      return validatePolicyBinding(object, true);
    default:
      return [];
  }
}

/** Autoscalers are judged as the newer version says them, whichever they were written in. */
function inVersion2(autoscaler: JsonObject): JsonObject {
  const { apiVersion } = autoscaler;
  return apiVersion === "autoscaling/v1"
    ? convertAutoscaler(autoscaler, "autoscaling/v2")
    : autoscaler;
}

function validateNamespace(namespace: JsonObject): FieldError[] {
  return textsAt(objectAt(namespace, "spec"), "finalizers")
    .filter((finalizer) => finalizer !== "kubernetes" && !finalizer.includes("/"))
    .map((finalizer) =>
      invalid(
        "spec.finalizers",
        finalizer,
        "name is neither a standard finalizer name nor is it fully qualified",
      ),
    );
}

function validateLease(spec: JsonObject): FieldError[] {
  const duration = numberAt(spec, "leaseDurationSeconds");
  const errors: FieldError[] = [];
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
  }
  return [...errors, ...notNegative(spec, "leaseTransitions", "spec")];
}

const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

function validatePriorityClass(
  priorityClass: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const name = textAt(objectAt(priorityClass, "metadata"), "name");
  const errors: FieldError[] = [];
  if (name.startsWith("system-") && SYSTEM_CLASSES[name] !== numberAt(priorityClass, "value")) {
    const why =
      SYSTEM_CLASSES[name] === undefined
        ? `${name} is not a known system priority class`
        : `value of ${name} PriorityClass must be ${SYSTEM_CLASSES[name]}`;
    errors.push(
      forbidden(
        "metadata.name",
        `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
      ),
    );
  }
  if (!name.startsWith("system-") && (numberAt(priorityClass, "value") ?? 0) > MAX_USER_PRIORITY) {
    errors.push(
      forbidden(
        "value",
        `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`,
      ),
    );
  }
  errors.push(
    ...supported(priorityClass, "preemptionPolicy", "", ["PreemptLowerPriority", "Never"]),
  );
  if (old !== undefined && !jsonEqual(priorityClass["value"], old["value"])) {
    errors.push(forbidden("value", "may not be changed in an update."));
  }
  return errors;
}

function validatePolicyTypes(spec: JsonObject): FieldError[] {
  return textsAt(spec, "policyTypes").flatMap((type, index) =>
    supported({ [`policyTypes[${index}]`]: type }, `policyTypes[${index}]`, "spec", [
      "Ingress",
      "Egress",
    ]),
  );
}
