import { invalid } from "./kubeconfig-failure.js";
import type { KubeconfigRule } from "./kubeconfig-rules.js";
import { isMapping, loadYaml, type YamlMapping } from "./load-yaml.js";

/** The cluster and user that a kubeconfig's context names, as they are written. */
export interface KubeconfigEntries {
  readonly cluster: YamlMapping;
  readonly user: YamlMapping;
}

/**
 * Follows `current-context` (or the context asked for) to its cluster and user.
 *
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export function readKubeconfigEntries(text: string, contextName?: string): KubeconfigEntries {
  return selectEntries([loadYaml(text)], contextName);
}

/** As `readKubeconfigEntries` over several files, of which the first to name something wins, as kubectl merges them. */
export function selectEntries(
  documents: readonly YamlMapping[],
  contextName?: string,
): KubeconfigEntries {
  for (const document of documents) checkKind(document);
  const current = contextName ?? firstText(documents, "current-context");
  if (current === undefined || current === "")
    throw invalid("current-context", "current-context is missing; set it to the context to use");
  const context = findEntry(documents, "contexts", "context", current);
  const cluster = findEntry(
    documents,
    "clusters",
    "cluster",
    readText(context, "cluster") ?? missing("the context's cluster"),
  );
  const user = findEntry(
    documents,
    "users",
    "user",
    readText(context, "user") ?? missing("the context's user"),
  );
  return { cluster, user };
}

/**
 * A field that must be text; undefined when it is absent, null or empty.
 *
 * @throws KubeconfigInvalidError when it is of another kind.
 */
export function readText(
  mapping: YamlMapping,
  field: string,
  rule: KubeconfigRule = "structure",
): string | undefined {
  const value = Object.hasOwn(mapping, field) ? mapping[field] : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalid(rule, `${field} must be text; put it in quotes`);
  return value;
}

function checkKind(document: YamlMapping): void {
  const kind = readText(document, "kind");
  if (kind !== undefined && kind !== "Config") throw invalid("structure", "its kind is not Config");
  const apiVersion = readText(document, "apiVersion");
  if (apiVersion !== undefined && apiVersion !== "v1")
    throw invalid("structure", "its apiVersion is not v1");
}

function firstText(documents: readonly YamlMapping[], field: string): string | undefined {
  for (const document of documents) {
    const value = readText(document, field);
    if (value !== undefined) return value;
  }
  return undefined;
}

function findEntry(
  documents: readonly YamlMapping[],
  listField: string,
  field: string,
  name: string,
): YamlMapping {
  for (const document of documents) {
    const list = Object.hasOwn(document, listField) ? (document[listField] ?? []) : [];
    if (!Array.isArray(list)) throw invalid("structure", `${listField} must be a list`);
    const entries = list.map((entry: unknown): YamlMapping => {
      if (!isMapping(entry)) throw invalid("structure", `${listField} must be a list of mappings`);
      return entry;
    });
    const named = entries.filter((entry) => readText(entry, "name") === name);
    // kubectl takes the first of two; which one was meant cannot be told.
    if (named.length > 1)
      throw invalid("current-context", `${listField} has two entries of the name that is used`);
    const [entry] = named;
    if (entry === undefined) continue;
    const value = Object.hasOwn(entry, field) ? (entry[field] ?? {}) : {};
    if (!isMapping(value)) throw invalid("structure", `${field} must be a mapping`);
    return value;
  }
  throw invalid("current-context", `${listField} has no entry of the name that is used`);
}

function missing(what: string): never {
  throw invalid("current-context", `${what} is missing`);
}
