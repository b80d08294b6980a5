import { createHash } from "node:crypto";
import { formatMicroTime, formatTime, type Random } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import { bootstrapObjects } from "./bootstrap-objects.js";
import { fillTemplate, type Placeholders } from "./fill-template.js";

/** What the objects of a fresh server say of the server. */
export interface ServerFacts {
  readonly name: string;
  readonly startedMs: number;
  readonly random: Random;
  readonly authorization: "AlwaysAllow" | "RBAC";
  /** Where it listens; asked when the first object that tells it is looked at. */
  readonly address: () => { readonly host: string; readonly port: number };
  readonly caPem: () => string;
}

const RBAC_PREFIX = "rbac.authorization.k8s.io/";

/** Puts the objects of a fresh server into its store. They are made when somebody looks at them: most servers see few. */
export function seedServer(store: ObjectStore, facts: ServerFacts): void {
  const placeholders = placeholdersOf(facts);
  for (const [resource, templates] of Object.entries(bootstrapObjects())) {
    if (resource.startsWith(RBAC_PREFIX) && facts.authorization !== "RBAC") continue;
    store.seed(resource, templates.length, () =>
      templates.map((template) => withUid(fillTemplate(template, placeholders), facts.random)),
    );
  }
}

function withUid(object: JsonObject, random: Random): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), uid: random.uuid() } };
}

function placeholdersOf(facts: ServerFacts): Placeholders {
  const time = formatTime(facts.startedMs);
  return {
    "<time>": () => time,
    "<microtime>": () => formatMicroTime(facts.startedMs),
    "<date>": () => time.slice(0, 10),
    "<uid>": () => facts.random.uuid(),
    "<host>": () => facts.address().host,
    "<port>": () => facts.address().port,
    "<ca>": () => facts.caPem(),
    "<hostname>": () => facts.name,
    "<identity>": () => `apiserver-${identityOf(facts.name)}`,
  };
}

/** Twenty-six letters and digits, the same for servers of the same name. */
function identityOf(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return [...digest.subarray(0, 26)]
    .map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte % 32])
    .join("");
}
