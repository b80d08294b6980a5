import { objectAt, objectsAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import type { Admission } from "../api-server/admit-object.js";
import { refuse } from "../api-server/refusal.js";
import type { JsonObject } from "../schema/json.js";
import { evaluatePod, inFull, inShort } from "./evaluate-pod.js";
import {
  isStricter,
  policyName,
  securityLabelErrors,
  securityPolicy,
} from "./pod-security-level.js";

/** Subresources through which nothing of what a Pod may do changes. */
const UNJUDGED = new Set([
  "status",
  "binding",
  "eviction",
  "exec",
  "attach",
  "log",
  "portforward",
  "proxy",
]);
const MAKERS = new Set([
  "/replicationcontrollers",
  "/podtemplates",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "apps/daemonsets",
  "batch/jobs",
  "batch/cronjobs",
]);

/**
 * Lets the Pod Security labels of a namespace refuse Pods, and warn of them and of what makes Pods.
 *
 * @throws ApiError Forbidden for a Pod, Invalid for labels that say nothing known.
 */
export function admitPodSecurity(object: JsonObject, admission: Admission): void {
  const { target } = admission;
  const { storageKey } = target.resource;
  if (storageKey === "/namespaces") admitNamespace(object, admission);
  else if (storageKey === "/pods") {
    if (!UNJUDGED.has(target.subresource)) admitPod(object, admission);
  } else if (MAKERS.has(storageKey) && target.subresource === "") warnOfTemplate(object, admission);
}

function namespaceOf({ target, context }: Admission): JsonObject {
  return context.store.get("/namespaces", `/${target.namespace}`) ?? {};
}

function admitPod(pod: JsonObject, admission: Admission): void {
  const namespace = namespaceOf(admission);
  const { old, target, remarks } = admission;
  const enforced = securityPolicy(namespace, "enforce");
  const warned = securityPolicy(namespace, "warn");
  if (enforced.level === "privileged" && warned.level === "privileged") return;
  if (old !== undefined && !isSignificant(pod, old)) return;
  const subject = { metadata: objectAt(pod, "metadata"), spec: objectAt(pod, "spec") };
  const found = evaluatePod(enforced, subject);
  if (found.length > 0) {
    const name = textAt(subject.metadata, "name");
    throw refuse.forbidden(
      target.resource,
      name,
      `pods ${JSON.stringify(name)} is forbidden: violates PodSecurity "${policyName(enforced)}": ${inFull(found)}`,
    );
  }
  remarks.push(...warnings(namespace, subject));
}

function warnOfTemplate(object: JsonObject, admission: Admission): void {
  const owner =
    admission.target.resource.plural === "cronjobs"
      ? objectAt(objectAt(objectAt(object, "spec"), "jobTemplate"), "spec")
      : admission.target.resource.plural === "podtemplates"
        ? object
        : objectAt(object, "spec");
  const template = optionalObjectAt(owner, "template");
  if (template === undefined) return;
  const subject = { metadata: objectAt(template, "metadata"), spec: objectAt(template, "spec") };
  admission.remarks.push(...warnings(namespaceOf(admission), subject));
}

function warnings(
  namespace: JsonObject,
  subject: { readonly metadata: JsonObject; readonly spec: JsonObject },
): readonly string[] {
  const policy = securityPolicy(namespace, "warn");
  const found = evaluatePod(policy, subject);
  return found.length === 0
    ? []
    : [`would violate PodSecurity "${policyName(policy)}": ${inFull(found)}`];
}

/** Of what may change of a Pod, only images and further containers count. */
function isSignificant(pod: JsonObject, old: JsonObject): boolean {
  const imagesOf = (object: JsonObject): string =>
    JSON.stringify(
      ["initContainers", "containers", "ephemeralContainers"].map((key) =>
        objectsAt(objectAt(object, "spec"), key).map(({ name, image }) => [name, image]),
      ),
    );
  return imagesOf(pod) !== imagesOf(old);
}

function admitNamespace(namespace: JsonObject, { old, target, context, remarks }: Admission): void {
  if (target.subresource !== "") return;
  const name = textAt(objectAt(namespace, "metadata"), "name");
  const errors = securityLabelErrors(namespace, old);
  if (errors.length > 0) throw refuse.invalid(target.resource, name, errors);
  if (old === undefined) return;
  const [before, after] = [old, namespace].map((each) => securityPolicy(each, "enforce"));
  if (before === undefined || after === undefined || after.level === "privileged") return;
  if (after.minor === before.minor && !isStricter(after, before)) return;
  const pods = context.store
    .list("/pods")
    .objects.filter((pod) => objectAt(pod, "metadata")["namespace"] === name);
  const named = new Map<string, string[]>();
  for (const pod of pods) {
    const metadata = objectAt(pod, "metadata");
    const found = evaluatePod(after, { metadata, spec: objectAt(pod, "spec") });
    if (found.length === 0) continue;
    const short = inShort(found);
    named.set(short, [...(named.get(short) ?? []), textAt(metadata, "name")]);
  }
  if (named.size === 0) return;
  remarks.push(
    `existing pods in namespace "${name}" violate the new PodSecurity enforce level "${policyName(after)}"`,
    ...[...named].map(([short, names]) => `${othersOf(names.toSorted())}: ${short}`).sort(),
  );
}

function othersOf([first = "", ...others]: readonly string[]): string {
  if (others.length === 0) return first;
  return `${first} (and ${others.length} other ${others.length === 1 ? "pod" : "pods"})`;
}
