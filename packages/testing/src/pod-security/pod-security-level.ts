import { type FieldError, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { objectAt } from "../admission/json-access.js";

const PREFIX = "pod-security.kubernetes.io/";
const LEVELS = ["privileged", "baseline", "restricted"] as const;
const MODES = ["enforce", "audit", "warn"] as const;

export type SecurityLevel = (typeof LEVELS)[number];
export type SecurityMode = (typeof MODES)[number];

/** What the labels of a namespace ask for in one mode. */
export interface SecurityPolicy {
  readonly level: SecurityLevel;
  /** Minor version of Kubernetes whose checks count; undefined for the latest. */
  readonly minor: number | undefined;
}

/** Checks of this version and later ones are those that are known. */
const LATEST_MINOR = 37;

export function securityPolicy(namespace: JsonObject, mode: SecurityMode): SecurityPolicy {
  const labels = labelsOf(namespace);
  const given = labels[`${PREFIX}${mode}`];
  // A label that says nothing known asks for the most that there is.
  const level =
    given === undefined ? "privileged" : (LEVELS.find((each) => each === given) ?? "restricted");
  const version = String(labels[`${PREFIX}${mode}-version`] ?? "latest");
  return { level, minor: version === "latest" ? undefined : Number(version.slice("v1.".length)) };
}

export const minorOf = ({ minor = LATEST_MINOR }: SecurityPolicy): number => minor;

/** As messages name it: `restricted:latest`. */
export const policyName = ({ level, minor }: SecurityPolicy): string =>
  `${level}:${minor === undefined ? "latest" : `v1.${minor}`}`;

/** Whether a policy asks for more than another one of the same version. */
export function isStricter(policy: SecurityPolicy, than: SecurityPolicy): boolean {
  return LEVELS.indexOf(policy.level) > LEVELS.indexOf(than.level);
}

/** What is wrong with the labels of a namespace, as far as it was not wrong before. */
export function securityLabelErrors(
  namespace: JsonObject,
  old: JsonObject | undefined,
): readonly FieldError[] {
  const errors = labelErrors(namespace);
  const before = old === undefined ? [] : labelErrors(old);
  return JSON.stringify(errors) === JSON.stringify(before) ? [] : errors;
}

function labelErrors(namespace: JsonObject): readonly FieldError[] {
  const labels = labelsOf(namespace);
  return MODES.flatMap((mode) => {
    const errors: FieldError[] = [];
    const level = labels[`${PREFIX}${mode}`];
    if (level !== undefined && !LEVELS.some((each) => each === level))
      errors.push(wrong(mode, level, `must be one of ${LEVELS.join(", ")}`));
    const version = labels[`${PREFIX}${mode}-version`];
    if (version !== undefined && !/^(latest|v1\.(0|[1-9]\d*))$/.test(String(version)))
      errors.push(wrong(`${mode}-version`, version, 'must be "latest" or "v1.x"'));
    return errors;
  });
}

const wrong = (label: string, value: unknown, detail: string): FieldError =>
  invalid(`metadata.labels[${PREFIX}${label}]`, value, detail);

const labelsOf = (namespace: JsonObject): JsonObject =>
  objectAt(objectAt(namespace, "metadata"), "labels");
