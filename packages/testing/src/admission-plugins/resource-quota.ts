import { objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import { compareQuantity, formatQuantity } from "../schema/quantity.js";
import { copyJson, type JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import { quotaUsage } from "./quota-usage.js";
import { isInScope } from "./quota-scope.js";
import { addAmounts, type Amounts, amountsOf, amountsText, NOTHING } from "./resource-amounts.js";

const QUOTAS = "/resourcequotas";
/** Whoever limits these wants every container to say how much it takes. */
const COMPUTE = /^(requests\.|limits\.)?(cpu|memory)$/;

/**
 * Refuses a new object that would exceed a ResourceQuota of its namespace, and counts it otherwise. What counts is the status of
 * the quota, which somebody has to write first: a quota that nobody has counted limits nothing, as on a server without controllers.
 *
 * @returns puts the new counts into the store.
 * @throws ApiError Forbidden
 */
export function checkQuotas(
  request: AdmissionRequest,
  store: ObjectStore,
): (() => void) | undefined {
  const { subresource, object, group, plural } = request;
  if (!isCounted(request) || subresource !== "" || store.isEmpty(QUOTAS)) return undefined;
  const { namespace } = objectAt(object, "metadata");
  const isPod = group === "" && plural === "pods";
  const usage = addedUsage(request);
  if (usage.size === 0) return undefined;
  const changed: JsonObject[] = [];
  for (const quota of store.list(QUOTAS).objects) {
    if (objectAt(quota, "metadata")["namespace"] !== namespace) continue;
    if (!isInScope(quota, isPod ? object : undefined)) continue;
    const counted = countIn(quota, usage, request, isPod);
    if (counted !== undefined) changed.push(counted);
  }
  return () => {
    for (const quota of changed) store.put(QUOTAS, quota);
  };
}

/** Some core kinds may come to use more when they are changed. */
function isCounted({ operation, group, plural }: AdmissionRequest): boolean {
  const grows = group === "" && (plural === "services" || plural === "persistentvolumeclaims");
  return operation === "CREATE" || (operation === "UPDATE" && grows);
}

/** What an object uses that it did not use before. */
function addedUsage(request: AdmissionRequest): Amounts {
  const usage = quotaUsage(request);
  const { oldObject } = request;
  if (request.operation === "CREATE" || oldObject === undefined) return usage;
  const before = quotaUsage({ ...request, object: oldObject });
  return new Map(
    [...usage].flatMap(([name, quantity]) => {
      const nanos = quantity.nanos - (before.get(name)?.nanos ?? 0n);
      return nanos > 0n ? [[name, { ...quantity, nanos }] as const] : [];
    }),
  );
}

/** The quota with the object counted in; undefined when it does not concern it. */
function countIn(
  quota: JsonObject,
  usage: Amounts,
  request: AdmissionRequest,
  isPod: boolean,
): JsonObject | undefined {
  const status = objectAt(quota, "status");
  const hard = amountsOf(objectAt(status, "hard"));
  if (isPod) checkSpecified(quota, hard, request);
  const concerned = new Map([...usage].filter(([name]) => hard.has(name)));
  if (concerned.size === 0) return undefined;
  const used = amountsOf(objectAt(status, "used"));
  const after = addAmounts(used, concerned);
  const exceeded = [...concerned.keys()].filter(
    (name) => compareQuantity(after.get(name) ?? NOTHING, hard.get(name) ?? NOTHING) > 0,
  );
  if (exceeded.length > 0) {
    const of = (amounts: Amounts): string =>
      amountsText(new Map(exceeded.map((name) => [name, amounts.get(name) ?? NOTHING])));
    throw forbidden(
      request,
      `exceeded quota: ${nameOf(quota)}, requested: ${of(concerned)}, used: ${of(used)}, limited: ${of(hard)}`,
    );
  }
  const next = copyJson(quota);
  const texts = [...after].map(([name, quantity]) => [name, formatQuantity(quantity)]);
  objectAt(next, "status")["used"] = Object.fromEntries(texts) as JsonObject;
  return next;
}

function checkSpecified(quota: JsonObject, hard: Amounts, request: AdmissionRequest): void {
  const spec = objectAt(request.object, "spec");
  const containers = [...objectsAt(spec, "containers"), ...objectsAt(spec, "initContainers")];
  const missing = [...hard.keys()]
    .filter((name) => COMPUTE.test(name))
    .toSorted()
    .flatMap((name) => {
      const part = name.startsWith("limits.") ? "limits" : "requests";
      const resource = name.replace(/^(requests|limits)\./, "");
      const without = containers
        .filter((each) => !(resource in objectAt(objectAt(each, "resources"), part)))
        .map((each) => textAt(each, "name"))
        .toSorted();
      return without.length === 0 ? [] : [`${name} for: ${without.join(",")}`];
    });
  if (missing.length === 0) return;
  throw forbidden(request, `failed quota: ${nameOf(quota)}: must specify ${missing.join("; ")}`);
}

const nameOf = (object: JsonObject): string => textAt(objectAt(object, "metadata"), "name");

function forbidden({ group, plural, object }: AdmissionRequest, why: string) {
  const qualified = group === "" ? plural : `${plural}.${group}`;
  const name = nameOf(object);
  return refuse.forbidden(
    { group, plural, kind: "" },
    name,
    `${qualified} ${JSON.stringify(name)} is forbidden: ${why}`,
  );
}
