import type { JsonObject } from "../schema/json.js";
import { refuse } from "./refusal.js";

/** Tells whether an object is meant. */
export type Selector = (object: JsonObject) => boolean;

const everything: Selector = () => true;
const NAME =
  /^([a-z0-9A-Z]([-a-z0-9A-Z._]*[a-z0-9A-Z])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** A label selector in the syntax of `metav1.LabelSelector` strings: `a=b,c!=d,e in (f,g),h,!i`. */
export function parseLabelSelector(text: string): Selector {
  if (text.trim() === "") return everything;
  const tests = splitOutsideParentheses(text).map(parseLabelRequirement);
  return (object) => {
    const labels = ((object["metadata"] as JsonObject)["labels"] ?? {}) as Record<string, string>;
    return tests.every((matches) => matches(labels));
  };
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

function parseLabelRequirement(requirement: string): LabelTest {
  const text = requirement.trim();
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    checkKey(key);
    const values = new Set(list.split(",").map((value) => value.trim()));
    return (labels) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      const isIn = value !== undefined && values.has(value);
      return operator === "in" ? isIn : !isIn;
    };
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(text);
  if (equality !== null) {
    const [, key = "", operator, wanted = ""] = equality;
    checkKey(key);
    return (labels) => {
      const isEqual = Object.hasOwn(labels, key) && labels[key] === wanted;
      return operator === "!=" ? !isEqual : isEqual;
    };
  }
  const isNegated = text.startsWith("!");
  const key = isNegated ? text.slice(1).trim() : text;
  checkKey(key);
  return (labels) => Object.hasOwn(labels, key) !== isNegated;
}

function checkKey(key: string): void {
  if (!NAME.test(key)) {
    throw refuse.badRequest(
      `unable to parse requirement: <nil>: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    );
  }
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  parts.push(part);
  if (depth !== 0)
    throw refuse.badRequest(`unable to parse requirement: found '${text}', expected: ')'`);
  return parts;
}

/** Fields by which a built-in resource can be selected besides name and namespace, with where each is found. */
const selectableFields: Readonly<Record<string, readonly string[]>> = {
  "/pods": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "/events": [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "/secrets": ["type"],
  "/namespaces": ["status.phase"],
  "/nodes": ["spec.unschedulable"],
  "/services": ["spec.clusterIP", "spec.type"],
  "apps/replicasets": ["status.replicas"],
  "batch/jobs": ["status.successful"],
};

/** A field selector: `metadata.name=a,status.phase!=Running`. Fields that the resource does not offer are refused. */
export function parseFieldSelector(
  text: string,
  resource: {
    readonly group: string;
    readonly plural: string;
    readonly selectableFields?: readonly string[] | undefined;
  },
): Selector {
  if (text.trim() === "") return everything;
  const known = new Set([
    "metadata.name",
    "metadata.namespace",
    ...(selectableFields[`${resource.group}/${resource.plural}`] ?? []),
    ...(resource.selectableFields ?? []),
  ]);
  const tests = text.split(",").map((requirement) => {
    const [, field = "", operator, wanted = ""] =
      /^([^=!]+)(==|=|!=)(.*)$/.exec(requirement.trim()) ?? [];
    if (operator === undefined) {
      throw refuse.badRequest(
        `invalid selector: '${requirement}'; can't understand '${requirement}'`,
      );
    }
    if (!known.has(field)) throw refuse.badRequest(`field label not supported: ${field}`);
    return (object: JsonObject): boolean =>
      (fieldOf(object, field) === wanted) === (operator !== "!=");
  });
  return (object) => tests.every((matches) => matches(object));
}

function fieldOf(object: JsonObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split("."))
    value = (value as Record<string, unknown> | undefined | null)?.[part];
  return value === undefined || value === null ? "" : String(value);
}
