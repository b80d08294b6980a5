import type { PolicyRule } from "./rbac-objects.js";
import { goQuote } from "../schema/go-format.js";

const ALL = "*";

/** What one request asks of a rule. */
export type RuleQuestion =
  | {
      readonly kind: "resource";
      readonly verb: string;
      readonly apiGroup: string;
      readonly resource: string;
      readonly subresource: string;
      readonly name: string;
    }
  | { readonly kind: "path"; readonly verb: string; readonly path: string };

/** Whether a rule allows a request (https://kubernetes.io/docs/reference/access-authn-authz/rbac). */
export function ruleAllows(rule: PolicyRule, question: RuleQuestion): boolean {
  if (!hasOrAll(rule.verbs, question.verb)) return false;
  if (question.kind === "path")
    return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, question.path));
  const { apiGroup, resource, subresource, name } = question;
  const names = rule.resourceNames ?? [];
  return (
    hasOrAll(rule.apiGroups ?? [], apiGroup) &&
    resourceMatches(rule.resources ?? [], resource, subresource) &&
    (names.length === 0 || names.includes(name))
  );
}

/**
 * The smallest parts of `requested` that no rule of `held` covers, merged again where they differ in verbs alone.
 * Empty when all of it is held.
 */
export function uncoveredRules(
  held: readonly PolicyRule[],
  requested: readonly PolicyRule[],
): PolicyRule[] {
  const missing = requested
    .flatMap(splitRule)
    .filter((part) => !held.some((rule) => ruleCovers(rule, part)));
  return mergeVerbs(missing);
}

/** The real server's short form of a rule: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function describeRule(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const texts = parts
    .filter(([, values]) => values !== undefined && values.length > 0)
    .map(([name, values]) => `${name}:${goStringList(values ?? [])}`);
  return `{${texts.join(", ")}}`;
}

/** `["a" "b"]`, as Go prints a slice of strings with %q. */
export function goStringList(values: readonly string[]): string {
  return `[${values.map((value) => goQuote(value)).join(" ")}]`;
}

function hasOrAll(values: readonly string[], wanted: string): boolean {
  return values.includes(ALL) || values.includes(wanted);
}

function resourceMatches(
  resources: readonly string[],
  resource: string,
  subresource: string,
): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  if (hasOrAll(resources, combined)) return true;
  return subresource !== "" && resources.includes(`${ALL}/${subresource}`);
}

function urlMatches(url: string, path: string): boolean {
  if (url === ALL || url === path) return true;
  return url.endsWith(ALL) && path.startsWith(url.replace(/\*+$/, ""));
}

/** One verb on one resource or URL each. */
function splitRule(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const apiGroup of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
        if ((rule.resourceNames ?? []).length === 0) parts.push(part);
        for (const name of rule.resourceNames ?? []) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  }
  return parts;
}

/** @param part of {@link splitRule}: one verb, one group, one resource. */
function ruleCovers(rule: PolicyRule, part: PolicyRule): boolean {
  if (!part.verbs.every((verb) => hasOrAll(rule.verbs, verb))) return false;
  if (part.nonResourceURLs !== undefined) {
    return part.nonResourceURLs.every((url) =>
      (rule.nonResourceURLs ?? []).some((held) => urlMatches(held, url)),
    );
  }
  const names = rule.resourceNames ?? [];
  const coversNames =
    names.length === 0 ||
    (part.resourceNames !== undefined && part.resourceNames.every((name) => names.includes(name)));
  return (
    coversNames &&
    (part.apiGroups ?? []).every((group) => hasOrAll(rule.apiGroups ?? [], group)) &&
    (part.resources ?? []).every((resource) => {
      const [main = "", subresource = ""] = resource.split("/", 2);
      return resourceMatches(rule.resources ?? [], main, subresource);
    })
  );
}

/** Rules for a whole resource are merged by group and resource; those for names and URLs stay apart, as on the real server. */
function mergeVerbs(parts: readonly PolicyRule[]): PolicyRule[] {
  const byResource = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const part of parts) {
    if (part.resources === undefined || part.resourceNames !== undefined) {
      others.push(part);
      continue;
    }
    const key = JSON.stringify([part.apiGroups, part.resources]);
    const previous = byResource.get(key);
    byResource.set(
      key,
      previous === undefined
        ? part
        : { ...previous, verbs: [...new Set([...previous.verbs, ...part.verbs])] },
    );
  }
  return [...byResource.values(), ...others];
}
