import { formatTime } from "@kvop/core";
import { updateManagedFields } from "../apply/managed-fields.js";
import { goQuote } from "../schema/go-format.js";
import { copyJson, type JsonObject, jsonEqual } from "../schema/json.js";
import { defaultCustomResourceDefinition } from "../schema/default-custom-resource-definition.js";
import { serveGroupVersions } from "../bootstrap/local-api-services.js";
import { cleanUpDefinition } from "../controllers/clean-up-definition.js";
import { setManagedFields } from "./field-ownership.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";
import { DEFINITIONS } from "./terminate-definition.js";
import { apiVersionOf, metadataOf } from "./write-target.js";

interface Names {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Stores a CustomResourceDefinition as an established one and serves it. */
export function seedDefinition(crd: JsonObject, context: ServerContext): void {
  const copied = defaultCustomResourceDefinition(copyJson(crd));
  const metadata = {
    ...(copied["metadata"] as JsonObject),
    uid: context.random.uuid(),
    generation: 1,
    creationTimestamp: formatTime(context.clock.now()),
  };
  const names = namesOf(copied);
  const versions = (copied["spec"] as JsonObject)["versions"] as {
    name: string;
    storage: boolean;
  }[];
  const status: JsonObject = {
    conditions: stamped([...ACCEPTED, ESTABLISHED], [], context),
    acceptedNames: copyJson(names as unknown as JsonObject),
    storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
  };
  context.store.put(DEFINITIONS, { ...copied, metadata, status });
  context.registry.setDefinition(copied);
  serveGroupVersions(copied, context);
}

/** Serves what a CustomResourceDefinition says as soon as it is stored, and stops when it is gone. */
export function followDefinition(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  const cleansUp = context.controllers.definitionCleanup !== false;
  if (resource.isCustom) {
    if (cleansUp) cleanUpDefinition(resource.definition ?? "", context);
    return;
  }
  if (resource.storageKey !== DEFINITIONS) return;
  const name = metadataOf(object)["name"] as string;
  const stored = context.store.get(DEFINITIONS, `/${name}`);
  if (stored === undefined) {
    context.registry.removeDefinition(name);
    serveGroupVersions(object, context);
    // Names that it held are free now.
    for (const other of context.store.list(DEFINITIONS).objects)
      judgeNames(other, resource, context);
    return;
  }
  judgeNames(stored, resource, context);
  if (cleansUp) cleanUpDefinition(name, context);
}

const ACCEPTED: readonly Condition[] = [
  {
    type: "NamesAccepted",
    status: "True",
    reason: "NoConflicts",
    message: "no conflicts found",
  },
];
const ESTABLISHED: Condition = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};

function judgeNames(crd: JsonObject, resource: ServedResource, context: ServerContext): void {
  const status = (crd["status"] ?? {}) as JsonObject;
  const conditions = (status["conditions"] ?? []) as unknown as Condition[];
  const wasEstablished = conditions.some(
    ({ type, status: state }) => type === "Established" && state === "True",
  );
  const { accepted, conflict } = acceptNames(crd, context);
  const judged: Condition[] = conflict === undefined ? [...ACCEPTED] : [conflict];
  if (conflict === undefined || wasEstablished) judged.push(ESTABLISHED);
  else {
    judged.push({
      type: "Established",
      status: "False",
      reason: "NotAccepted",
      message: "not all names are accepted",
    });
  }
  const next: JsonObject = {
    ...crd,
    metadata: { ...metadataOf(crd) },
    status: {
      ...status,
      conditions: stamped(judged, conditions, context),
      acceptedNames: copyJson(accepted as unknown as JsonObject),
    },
  };
  if (conflict === undefined || wasEstablished) {
    context.registry.setDefinition(next);
    serveGroupVersions(next, context);
  }
  if (jsonEqual(next["status"], crd["status"])) return;
  setManagedFields(
    next,
    updateManagedFields({
      schema: resource.mergeSchema,
      live: crd,
      updated: next,
      manager: "kube-apiserver",
      apiVersion: apiVersionOf(resource),
      subresource: "status",
      time: formatTime(context.clock.now()),
    }),
  );
  context.store.put(DEFINITIONS, next);
}

function acceptNames(
  crd: JsonObject,
  context: ServerContext,
): { readonly accepted: Names; readonly conflict: Condition | undefined } {
  const wanted = namesOf(crd);
  const held = ((crd["status"] as JsonObject | undefined)?.["acceptedNames"] ??
    {}) as unknown as Names;
  const { resources, kinds } = namesInUse(crd, context);
  let conflict: Condition | undefined;
  let accepted: Names = held;
  const take = (field: "plural" | "singular" | "kind" | "listKind", taken: Set<string>): void => {
    const name = wanted[field] ?? "";
    if (name === held[field] || name === "" || !taken.has(name)) {
      if (name !== "") accepted = { ...accepted, [field]: name };
      return;
    }
    const title = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    conflict = refusedNames(`${title}Conflict`, `${goQuote(name)} is already in use`);
  };
  take("plural", resources);
  take("singular", resources);
  const short = wanted.shortNames ?? [];
  const taken = short.filter(
    (name) => !(held.shortNames ?? []).includes(name) && resources.has(name),
  );
  if (taken.length > 0) {
    const texts = taken.map((name) => `${goQuote(name)} is already in use`);
    const message = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
    conflict = refusedNames("ShortNamesConflict", message);
  } else if (short.length > 0) accepted = { ...accepted, shortNames: short };
  take("kind", kinds);
  take("listKind", kinds);
  if (wanted.categories !== undefined) accepted = { ...accepted, categories: wanted.categories };
  return { accepted, conflict };
}

function refusedNames(reason: string, message: string): Condition {
  return { type: "NamesAccepted", status: "False", reason, message };
}

/** What other definitions of the group hold. */
function namesInUse(
  crd: JsonObject,
  context: ServerContext,
): { readonly resources: Set<string>; readonly kinds: Set<string> } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  const own = metadataOf(crd)["name"];
  const { group } = crd["spec"] as { group?: string };
  for (const other of context.store.list(DEFINITIONS).objects) {
    if (metadataOf(other)["name"] === own) continue;
    if ((other["spec"] as { group?: string }).group !== group) continue;
    const names = ((other["status"] as JsonObject | undefined)?.["acceptedNames"] ??
      {}) as unknown as Partial<Names>;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])])
      if (name !== undefined && name !== "") resources.add(name);
    for (const name of [names.kind, names.listKind])
      if (name !== undefined && name !== "") kinds.add(name);
  }
  return { resources, kinds };
}

function namesOf(crd: JsonObject): Names {
  return (crd["spec"] as JsonObject)["names"] as unknown as Names;
}

/** Conditions with their times; one that says the same as before keeps its time, others stay as they are. */
function stamped(
  judged: readonly Condition[],
  before: readonly Condition[],
  context: ServerContext,
): JsonObject[] {
  const now = formatTime(context.clock.now());
  const kept = before.filter(({ type }) => !judged.some((each) => each.type === type));
  const next = judged.map((condition) => {
    const old = before.find(({ type }) => type === condition.type) as unknown as
      | JsonObject
      | undefined;
    const lastTransitionTime =
      old?.["status"] === condition.status ? (old["lastTransitionTime"] ?? now) : now;
    const { type, status, reason, message } = condition;
    return { type, status, lastTransitionTime, reason, message };
  });
  return [...next, ...(kept as unknown as JsonObject[])];
}
