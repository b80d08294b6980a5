import { ensureObjectAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import {
  compareQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from "../schema/quantity.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import { type Amounts, amountsOf, podAmounts } from "./resource-amounts.js";

const ANNOTATION = "kubernetes.io/limit-ranger";

/** The limits of the namespace of an object, each with its type. */
function limitsFor(object: JsonObject, store: ObjectStore): JsonObject[][] {
  const { namespace } = objectAt(object, "metadata");
  return store
    .list("/limitranges")
    .objects.filter((each) => objectAt(each, "metadata")["namespace"] === namespace)
    .map((each) => objectsAt(objectAt(each, "spec"), "limits"));
}

const isNew = ({ operation, subresource, group }: AdmissionRequest, plural: string, is: string) =>
  operation === "CREATE" && subresource === "" && group === "" && plural === is;

/** Gives the containers of a new Pod the resources that the LimitRanges of its namespace say. In place. */
export function applyLimitRanges(request: AdmissionRequest, store: ObjectStore): void {
  const { object } = request;
  if (!isNew(request, request.plural, "pods") || store.isEmpty("/limitranges")) return;
  const spec = objectAt(object, "spec");
  for (const limits of limitsFor(object, store)) {
    const remarks = limits
      .filter(({ type }) => type === "Container")
      .flatMap((limit) => [
        ...objectsAt(spec, "containers").flatMap((each) => fill(each, limit, "container")),
        ...objectsAt(spec, "initContainers").flatMap((each) => fill(each, limit, "init container")),
      ]);
    if (remarks.length === 0) continue;
    const annotations = ensureObjectAt(ensureObjectAt(object, "metadata"), "annotations");
    annotations[ANNOTATION] = `LimitRanger plugin set: ${remarks.join("; ")}`;
  }
}

function fill(container: JsonObject, limit: JsonObject, what: string): string[] {
  const name = textAt(container, "name");
  const parts = [
    ["requests", "defaultRequest", "request"],
    ["limits", "default", "limit"],
  ] as const;
  return parts.flatMap(([part, from, word]) => {
    const amounts = objectAt(objectAt(container, "resources"), part);
    const missing = Object.entries(objectAt(limit, from)).filter(([key]) => !(key in amounts));
    if (missing.length === 0) return [];
    Object.assign(
      ensureObjectAt(ensureObjectAt(container, "resources"), part),
      Object.fromEntries(missing),
    );
    const keys = missing.map(([key]) => key).toSorted();
    return [`${keys.join(", ")} ${word} for ${what} ${name}`];
  });
}

/** Refuses a new Pod or claim that a LimitRange of its namespace does not allow. @throws ApiError Forbidden */
export function checkLimitRanges(request: AdmissionRequest, store: ObjectStore): void {
  const { object, plural } = request;
  const isPod = isNew(request, plural, "pods");
  const isClaim = isNew(request, plural, "persistentvolumeclaims");
  if ((!isPod && !isClaim) || store.isEmpty("/limitranges")) return;
  for (const limits of limitsFor(object, store)) {
    const found = limits.flatMap((limit) =>
      isPod ? podErrors(object, limit) : claimErrors(object, limit),
    );
    const errors = [...new Set(found)];
    if (errors.length === 0) continue;
    const name = textAt(objectAt(object, "metadata"), "name");
    const why = errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`;
    throw refuse.forbidden(
      { group: "", plural, kind: "" },
      name,
      `${plural} ${JSON.stringify(name)} is forbidden: ${why}`,
    );
  }
}

function podErrors(pod: JsonObject, limit: JsonObject): string[] {
  const type = textAt(limit, "type");
  if (type === "Pod")
    return errorsOf(limit, podAmounts(pod, "requests"), podAmounts(pod, "limits"));
  if (type !== "Container") return [];
  const spec = objectAt(pod, "spec");
  const containers = [...objectsAt(spec, "containers"), ...objectsAt(spec, "initContainers")];
  return containers.flatMap((container) => {
    const resources = objectAt(container, "resources");
    return errorsOf(
      limit,
      amountsOf(objectAt(resources, "requests")),
      amountsOf(objectAt(resources, "limits")),
    );
  });
}

function claimErrors(claim: JsonObject, limit: JsonObject): string[] {
  if (textAt(limit, "type") !== "PersistentVolumeClaim") return [];
  const requests = amountsOf(objectAt(objectAt(objectAt(claim, "spec"), "resources"), "requests"));
  // Claims have no limits: what they ask for is judged as such.
  return [
    ...each(limit, "min", (bound, words) => belowError(requests, undefined, bound, words)),
    ...each(limit, "max", ({ name, quantity }, words) => {
      const asked = requests.get(name);
      return asked === undefined || compareQuantity(asked, quantity) <= 0
        ? undefined
        : `maximum ${words}, but request is ${formatQuantity(asked)}`;
    }),
  ];
}

interface Bound {
  readonly name: string;
  readonly quantity: Quantity;
}

/** Judges every amount of one kind of bound, by the names of the resources. */
function each(
  limit: JsonObject,
  kind: "min" | "max" | "maxLimitRequestRatio",
  judge: (bound: Bound, words: string) => string | undefined,
): string[] {
  const bounds = objectAt(limit, kind);
  return Object.keys(bounds)
    .toSorted()
    .flatMap((name) => {
      const quantity = parseQuantity(String(bounds[name]));
      if (quantity === undefined) return [];
      const usage = kind === "maxLimitRequestRatio" ? "max limit to request ratio" : "usage";
      const words = `${name} ${usage} per ${textAt(limit, "type")} is ${formatQuantity(quantity)}`;
      const error = judge({ name, quantity }, words);
      return error === undefined ? [] : [error];
    });
}

function errorsOf(limit: JsonObject, requests: Amounts, limits: Amounts): string[] {
  return [
    ...each(limit, "min", (bound, words) => belowError(requests, limits, bound, words)),
    ...each(limit, "max", (bound, words) => aboveError(requests, limits, bound, words)),
    ...each(limit, "maxLimitRequestRatio", (bound, words) =>
      ratioError(requests, limits, bound, words),
    ),
  ];
}

function belowError(
  requests: Amounts,
  limits: Amounts | undefined,
  { name, quantity }: Bound,
  words: string,
): string | undefined {
  const request = requests.get(name);
  const limit = limits?.get(name);
  if (request === undefined) return `minimum ${words}.  No request is specified`;
  if (compareQuantity(request, quantity) < 0)
    return `minimum ${words}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && compareQuantity(limit, quantity) < 0)
    return `minimum ${words}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function aboveError(
  requests: Amounts,
  limits: Amounts,
  { name, quantity }: Bound,
  words: string,
): string | undefined {
  const request = requests.get(name);
  const limit = limits.get(name);
  if (limit === undefined) return `maximum ${words}.  No limit is specified`;
  if (compareQuantity(limit, quantity) > 0)
    return `maximum ${words}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && compareQuantity(request, quantity) > 0)
    return `maximum ${words}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function ratioError(
  requests: Amounts,
  limits: Amounts,
  { name, quantity }: Bound,
  words: string,
): string | undefined {
  const request = requests.get(name)?.nanos ?? 0n;
  const limit = limits.get(name)?.nanos ?? 0n;
  if (request === 0n) return `${words}, but no request is specified or request is 0`;
  if (limit === 0n) return `${words}, but no limit is specified or limit is 0`;
  const ratio = Number(limit) / Number(request);
  return ratio > Number(quantity.nanos) / 1e9
    ? `${words}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
}
