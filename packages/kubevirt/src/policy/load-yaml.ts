import { createRequire } from "node:module";

import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";

type JsYaml = typeof import("js-yaml");

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
 * @throws KubeconfigRefusedError (rule `size`, `merge-keys`), KubeconfigInvalidError; neither holds a piece of the text.
 */
export function loadYaml(text: string): YamlMapping {
  if (text.length > MAX_BYTES || Buffer.byteLength(text) > MAX_BYTES) {
    throw new KubeconfigRefusedError({
      rule: "size",
      reason: `it is larger than ${MAX_BYTES} bytes. Keep the one cluster and user that are needed.`,
    });
  }
  const document = parse(text.replace(/^\uFEFF/, ""));
  if (!isMapping(document))
    throw new KubeconfigInvalidError({ problem: "it is empty or not a mapping" });
  checkMergeKeys(document, 0);
  return document;
}

export function isMapping(value: unknown): value is YamlMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  // Loaded at the first kubeconfig, so that importing the package stays cheap; synchronous, as the parse is.
  const yaml = createRequire(import.meta.url)("js-yaml") as JsYaml;
  try {
    return yaml.load(text, {
      schema: yaml.CORE_SCHEMA,
      maxDepth: MAX_DEPTH,
      maxAliases: MAX_ALIASES,
    });
  } catch (error) {
    // The parser's message quotes the source, which may be a token: neither it nor the error goes any further.
    const mark = (error as { mark?: { line?: unknown; column?: unknown } }).mark;
    throw new KubeconfigInvalidError({
      problem: `it is not YAML that can be read${describe(error)}`,
      line: oneBased(mark?.line),
      column: oneBased(mark?.column),
    });
  }
}

/** Reasons without a piece of the source; the parser puts tags, anchors and names into others. */
const KNOWN_REASONS: ReadonlyArray<readonly [pattern: RegExp, text: string]> = [
  [/duplicat/i, "a key appears twice in one mapping"],
  [/depth|nest/i, "it is nested too deeply"],
  [/alias/i, "it has too many aliases or an unknown one"],
  [/single document|multiple documents|document/i, "it has more than one document"],
  [/tag/i, "it has a tag that kubeconfigs have no use for"],
  [/indent/i, "the indentation is wrong"],
  [/quoted|double|single/i, "a quoted text is not closed or has a bad escape"],
  [/printable|character/i, "it has a character that YAML does not allow"],
  [/mapping|key|flow|sequence|collection/i, "a mapping or list is malformed"],
];

function describe(error: unknown): string {
  const { reason } = error as { reason?: unknown };
  if (typeof reason !== "string") return "";
  const known = KNOWN_REASONS.find(([pattern]) => pattern.test(reason));
  return known === undefined ? "" : `: ${known[1]}`;
}

function oneBased(value: unknown): number | undefined {
  return typeof value === "number" ? value + 1 : undefined;
}

function checkMergeKeys(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  if (!Array.isArray(value) && Object.hasOwn(value, "<<")) {
    throw new KubeconfigRefusedError({
      rule: "merge-keys",
      reason: 'it uses YAML merge keys ("<<"). Write the fields out.',
    });
  }
  for (const child of Object.values(value)) checkMergeKeys(child, depth + 1);
}
