import { inPrintedOrder, inPrintedOrderUnversioned } from "./printed-order.js";
import { formatTime } from "@kvop/core";
import { completeBuiltIn } from "../admission/default-built-in.js";
import { warningsOfBuiltIn } from "../admission/warn-built-in.js";
import { keyOf } from "../store/object-store.js";
import { copyJson, type JsonObject, type JsonValue } from "../schema/json.js";
import { admitPodSecurity } from "../pod-security/admit-pod-security.js";
import { applyRuntimeClass } from "../admission-plugins/runtime-class.js";
import { shapeBuiltIn } from "../admission/shape-built-in.js";
import { admitNewBuiltIn, checkAllocation } from "./admit-built-in.js";
import { checkEscalation, checkNamespace, judgeObject, mutateObject } from "./admit-object.js";
import { mutateDynamically, validateDynamically } from "../dynamic-admission/admit-write.js";
import { withWarnings } from "../dynamic-admission/refusal-warnings.js";
import { checkObject, checkSize, checkStrictErrors } from "./check-object.js";
import { type DecodedObject, decodeObject } from "./decode-object.js";
import { ownedBy, setManagedFields } from "./field-ownership.js";
import { hasGeneration } from "./object-generation.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";
import { checkDefinition } from "./terminate-definition.js";
import { metadataOf, type WriteTarget, type Written } from "./write-target.js";

const NAME_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
/** So that a generated name is never longer than a label may be. */
const MAX_GENERATED_PREFIX = 58;

/** Stores a new object. @param applied its ownership, when an apply made it. */
export function createObject(
  decoded: DecodedObject,
  target: WriteTarget,
  context: ServerContext,
  applied?: JsonValue,
): Written {
  const { resource, namespace } = target;
  const { object } = decoded;
  const remarks = [...checkStrictErrors(decoded, target)];
  checkPlace(object, target);
  const isUnnamed = nameObject(object, context);
  clearServerFields(object);
  const managedFields = applied ?? ownedBy(object, undefined, target, context);
  const name = String(metadataOf(object)["name"] ?? "");
  checkDefinition(resource, name, context);
  checkNamespace(resource, namespace, name, context);
  const admission = { operation: "CREATE", old: undefined, target, context, remarks } as const;
  let admitted = remake(mutateObject(object, admission), object, target);
  checkEscalation(admitted, undefined, target, context);
  if (!resource.isCustom) admitNewBuiltIn(admitted, target, context);
  const isPod = resource.storageKey === "/pods";
  if (isPod) admitted = completePodWithClass(admitted, target, context);
  admitted = mutateDynamically(admitted, admission, { managedFields, isUnnamed });
  // An apply that creates says nothing of a version that it expects.
  const unstamped = applied === undefined ? metadataOf(admitted)["resourceVersion"] : "";
  stampObject(admitted, target, context);
  if (resource.hasStatus && resource.isCustom) delete admitted["status"];
  const asked = resource.storageKey === "/services" ? copyJson(admitted) : admitted;
  if (!resource.isCustom && (!isPod || !context.dynamic.isIdle)) {
    admitted = completeBuiltIn(resource.group, resource.kind, admitted, undefined, {
      allocator: context.services,
      nowMs: context.clock.now(),
    });
  }
  checkObject(admitted, undefined, target);
  if (resource.storageKey === "/services") checkAllocation(admitted, asked, target, context);
  setManagedFields(admitted, managedFields);
  if (!resource.isCustom)
    remarks.push(...warningsOfBuiltIn(resource.group, resource.kind, admitted));
  withWarnings(remarks, () => {
    admitPodSecurity(admitted, admission);
    validateDynamically(admitted, admission);
    judgeObject(admitted, admission);
  });
  const isVersioned = unstamped !== undefined && unstamped !== "" && unstamped !== "0";
  if (isVersioned && !target.dryRun) {
    throw refuse.internal("resourceVersion should not be set on objects to be created");
  }
  if (isVersioned) metadataOf(admitted)["resourceVersion"] = unstamped;
  const present = context.store.get(resource.storageKey, keyOf(admitted));
  if (present !== undefined) {
    const isBeingDeleted = metadataOf(present)["deletionTimestamp"] !== undefined;
    throw refuse.alreadyExists(resource, String(metadataOf(admitted)["name"]), isBeingDeleted);
  }
  checkSize(admitted, target);
  const result = { created: true, warnings: remarks };
  if (target.dryRun) return { object: inPrintedOrder(admitted, resource), ...result };
  const stored = context.store.put(
    resource.storageKey,
    inPrintedOrderUnversioned(admitted, resource),
  );
  if (resource.isCustom) resource.views.set(stored, stored);
  context.afterWrite(resource, stored);
  return { object: stored, ...result };
}

/** What handlers made of an object is read again as its kind: they may have left out defaults, or added unknown fields. */
export function remake(
  mutated: JsonObject,
  object: JsonObject,
  { resource }: Pick<WriteTarget, "resource">,
): JsonObject {
  return mutated === object ? object : decodeObject(mutated, resource).object;
}

/** Refuses an object of another name or namespace than the path says; fills in what it leaves out. */
export function checkPlace(object: JsonObject, target: WriteTarget): void {
  const metadata = metadataOf(object);
  if (target.name !== undefined) checkName(metadata, target.name);
  if (!target.resource.namespaced) {
    delete metadata["namespace"];
    return;
  }
  const given = metadata["namespace"] ?? "";
  if (given !== "" && given !== target.namespace) {
    throw refuse.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  metadata["namespace"] = target.namespace;
}

function checkName(metadata: JsonObject, name: string): void {
  const given = metadata["name"] ?? "";
  if (given === "") {
    throw refuse.badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (given !== name) {
    throw refuse.badRequest(
      `the name of the object (${String(given)}) does not match the name on the URL (${name})`,
    );
  }
}

/** A Pod is complete before others are asked of it, and its runtime class comes last. */
function completePodWithClass(
  pod: JsonObject,
  { resource }: WriteTarget,
  context: ServerContext,
): JsonObject {
  const completed = completeBuiltIn(resource.group, resource.kind, pod, undefined, {
    nowMs: context.clock.now(),
  });
  // Its status is made last of all.
  if (!context.dynamic.isIdle) completed["status"] = {};
  return applyRuntimeClass(completed, resource, context.store)
    ? shapeBuiltIn(completed).object
    : completed;
}

/** @returns whether the name is generated. */
function nameObject(object: JsonObject, { random }: ServerContext): boolean {
  const metadata = metadataOf(object);
  const { name = "", generateName } = metadata;
  if (name !== "" || typeof generateName !== "string" || generateName === "") return false;
  const suffix = [...random.bytes(5)]
    .map((byte) => NAME_CHARACTERS[byte % NAME_CHARACTERS.length])
    .join("");
  metadata["name"] = `${generateName.slice(0, MAX_GENERATED_PREFIX)}${suffix}`;
  return true;
}

/** What a client cannot say of a new object. */
function clearServerFields(object: JsonObject): void {
  const metadata = metadataOf(object);
  for (const field of ["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"]) {
    delete metadata[field];
  }
}

/** Gives a new object what the server gives it: uid, creation time, first generation. */
function stampObject(object: JsonObject, { resource }: WriteTarget, context: ServerContext): void {
  const metadata = metadataOf(object);
  delete metadata["resourceVersion"];
  delete metadata["managedFields"];
  metadata["uid"] = context.random.uuid();
  metadata["creationTimestamp"] = formatTime(context.clock.now());
  if (hasGeneration(resource)) metadata["generation"] = 1;
}
