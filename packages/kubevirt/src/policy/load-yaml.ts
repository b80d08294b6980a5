import { createRequire } from "node:module";

import { KvopError } from "@kvop/core";

import { invalid, refused } from "./kubeconfig-failure.js";
import type { KubeconfigRule } from "./kubeconfig-rules.js";

type JsYaml = typeof import("js-yaml");
type YamlEvents = ReturnType<JsYaml["parseEvents"]>;

/** A mapping of a YAML document. */
export type YamlMapping = Readonly<Record<string, unknown>>;

/** A synchronous parse cannot be interrupted; real kubeconfigs are below 20 KiB. */
const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 16;
/** Kubeconfigs have no use for aliases; a few are left for hand-written ones. */
const MAX_ALIASES = 16;

/**
 * One YAML document that is a mapping.
 *
 * @throws KubeconfigRefusedError (rules `size`, `depth`, `aliases`, `merge-keys`, `tags`), KubeconfigInvalidError (rules `yaml`,
 *   `duplicate-keys`, `documents`, `structure`); neither holds a piece of the text.
 */
export function loadYaml(text: string): YamlMapping {
  if (text.length > MAX_BYTES || Buffer.byteLength(text) > MAX_BYTES) {
    throw refused(
      "size",
      `it is larger than ${MAX_BYTES} bytes. Keep the one cluster and user that are needed.`,
    );
  }
  // Loaded at the first kubeconfig, so that importing the package stays cheap; synchronous, as the parse is.
  const yaml = createRequire(import.meta.url)("js-yaml") as JsYaml;
  const document = parse(yaml, text);
  checkTree(document, new Set(), new Set());
  if (!isMapping(document)) throw invalid("structure", "it is not a mapping");
  return document;
}

export function isMapping(value: unknown): value is YamlMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(yaml: JsYaml, source: string): unknown {
  try {
    const events = yaml.parseEvents(source, { maxDepth: MAX_DEPTH });
    checkEvents(yaml, events);
    const schema = yaml.CORE_SCHEMA;
    return yaml.constructFromEvents(events, { source, schema, maxAliases: MAX_ALIASES })[0];
  } catch (error) {
    throw failureOf(error);
  }
}

/** What can be told of a text before any value is made of it. */
function checkEvents(yaml: JsYaml, events: YamlEvents): void {
  let documents = 0;
  for (const event of events) {
    if (event.type === yaml.EVENT_ID.DOCUMENT) {
      documents += 1;
      if (event.directives.some(({ kind }) => kind === "tag")) throw tagged();
    }
    if ("tagStart" in event && event.tagStart !== -1) throw tagged();
  }
  if (documents === 0) throw invalid("documents", "it is empty");
  if (documents > 1) throw invalid("documents", "it has more than one document");
}

function tagged(): Error {
  return refused("tags", "it uses explicit YAML tags. Write the values without them.");
}

/**
 * Aliases make a graph of a tree: each value is looked at once, or sixteen of them would be enough to keep this going for
 * minutes.
 */
function checkTree(value: unknown, seen: Set<object>, above: Set<object>): void {
  if (typeof value !== "object" || value === null) return;
  if (above.has(value)) {
    throw refused("aliases", "an alias stands within what it is an alias of. Write the value out.");
  }
  if (seen.has(value)) return;
  seen.add(value);
  if (!Array.isArray(value) && Object.hasOwn(value, "<<"))
    throw refused("merge-keys", 'it uses YAML merge keys ("<<"). Write the fields out.');
  above.add(value);
  for (const child of Object.values(value)) checkTree(child, seen, above);
  above.delete(value);
}

/** Reasons without a piece of the source; the parser puts tags, anchors and names into others. */
const KNOWN_REASONS: ReadonlyArray<readonly [pattern: RegExp, text: string]> = [
  [/indent/i, "the indentation is wrong"],
  [/quoted|double|single/i, "a quoted text is not closed or has a bad escape"],
  [/printable|character|escape/i, "it has a character that YAML does not allow there"],
  [/alias|anchor/i, "it has an alias or anchor that is unknown or malformed"],
  [/tag|directive/i, "it has a malformed tag or directive"],
  [/mapping|key|flow|sequence|collection|node/i, "a mapping or list is malformed"],
];

/** Limits of the parser that are rules of their own. */
const LIMITS: ReadonlyArray<readonly [pattern: RegExp, rule: KubeconfigRule, reason: string]> = [
  [/maxDepth/, "depth", `it is nested more than ${MAX_DEPTH} levels deep`],
  [/maxAliases/, "aliases", `it has more than ${MAX_ALIASES} aliases`],
];

/** The parser's message quotes the source, which may be a token: neither it nor the parser's error goes any further. */
function failureOf(error: unknown): Error {
  if (KvopError.isInstance(error)) return error;
  const { reason, mark } = error as {
    reason?: unknown;
    mark?: { line?: unknown; column?: unknown };
  };
  if (typeof reason !== "string") return invalid("yaml", "it is not YAML that can be read");
  const place = { line: oneBased(mark?.line), column: oneBased(mark?.column) };
  const limit = LIMITS.find(([pattern]) => pattern.test(reason));
  if (limit !== undefined) return refused(limit[1], `${limit[2]}. Real kubeconfigs are not.`);
  if (/duplicated mapping key/.test(reason))
    return invalid("duplicate-keys", "a key appears twice in one mapping", place);
  const known = KNOWN_REASONS.find(([pattern]) => pattern.test(reason));
  const detail = known === undefined ? "" : `: ${known[1]}`;
  return invalid("yaml", `it is not YAML that can be read${detail}`, place);
}

function oneBased(value: unknown): number | undefined {
  return typeof value === "number" ? value + 1 : undefined;
}
