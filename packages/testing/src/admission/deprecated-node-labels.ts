import type { JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, textAt } from "./json-access.js";

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    "failure-domain.beta.kubernetes.io/region",
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    "failure-domain.beta.kubernetes.io/zone",
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    "beta.kubernetes.io/instance-type",
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  [
    "scheduler.alpha.kubernetes.io/preferAvoidPods",
    "deprecated since v1.22; use Taints and Tolerations instead",
  ],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** What the real server advises in place of a label of nodes; undefined for one that is still good. */
export function adviceOnNodeLabel(label: string): string | undefined {
  return ADVICE.get(label);
}

/** A line for each outdated label among the keys of an object. */
export function warningsOfLabels(
  labels: JsonObject,
  line: (label: string, advice: string) => string,
): string[] {
  return Object.keys(labels).flatMap((label) => {
    const advice = adviceOnNodeLabel(label);
    return advice === undefined ? [] : [line(label, advice)];
  });
}

/** A line for each outdated label that the terms of a node affinity match on. */
export function warningsOfNodeAffinity(affinity: JsonObject, path: string): string[] {
  const [required, preferred] = [
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
  ] as const;
  return [
    ...objectsAt(objectAt(affinity, required), "nodeSelectorTerms").flatMap((term, index) =>
      warningsOfTerm(term, `${path}.${required}.nodeSelectorTerms[${index}]`),
    ),
    ...objectsAt(affinity, preferred).flatMap((entry, index) =>
      warningsOfTerm(objectAt(entry, "preference"), `${path}.${preferred}[${index}].preference`),
    ),
  ];
}

/** The same for one term. */
export function warningsOfTerm(term: JsonObject, path: string): string[] {
  return objectsAt(term, "matchExpressions").flatMap((expression, index) => {
    const key = textAt(expression, "key");
    const advice = adviceOnNodeLabel(key);
    return advice === undefined
      ? []
      : [`${path}.matchExpressions[${index}].key: ${key} is ${advice}`];
  });
}
