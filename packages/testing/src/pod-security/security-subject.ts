import { objectAt, objectsAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";

/** A Pod, or the template of one, as checks look at it. */
export interface SecuritySubject {
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
  /** Minor version of Kubernetes whose checks count. */
  readonly minor: number;
}

/** What a check finds: in a word, and in full. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type SecurityCheck = (subject: SecuritySubject) => Violation | undefined;

/** Init containers first, as the real server visits them. */
export function containersOf({ spec }: SecuritySubject): readonly JsonObject[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((key) =>
    objectsAt(spec, key),
  );
}

export const contextOf = (owner: JsonObject): JsonObject => objectAt(owner, "securityContext");

export const quoted = (values: Iterable<string>): string =>
  [...values].map((value) => `"${value}"`).join(", ");

export const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort();

export const plural = (one: string, many: string, count: number): string =>
  count === 1 ? one : many;

/** `container "a"`, `containers "a", "b"`. */
export const named = (noun: string, names: readonly string[]): string =>
  `${plural(noun, `${noun}s`, names.length)} ${quoted(names)}`;

export const namesOf = (containers: readonly JsonObject[]): readonly string[] =>
  containers.map((container) => textAt(container, "name"));

/** The Pod and the containers whose security contexts have something: `pod and container "a"`. Empty when none has. */
export function settersOf(
  subject: SecuritySubject,
  isBad: (context: JsonObject) => boolean,
): string {
  const bad = containersOf(subject).filter((container) => isBad(contextOf(container)));
  return [
    ...(isBad(contextOf(subject.spec)) ? ["pod"] : []),
    ...(bad.length === 0 ? [] : [named("container", namesOf(bad))]),
  ].join(" and ");
}

/** The values that the security contexts of a Pod and of its containers have somewhere, without repetition. */
export function valuesOf(
  subject: SecuritySubject,
  value: (context: JsonObject) => string | undefined,
): readonly string[] {
  const found = [subject.spec, ...containersOf(subject)].map((owner) => value(contextOf(owner)));
  return sorted(found.filter((each) => each !== undefined));
}

/** Pods in a user namespace of their own have no privileges outside of it. */
export const isInUserNamespace = ({ spec, minor }: SecuritySubject): boolean =>
  minor >= 35 && spec["hostUsers"] === false;

export const isWindows = ({ spec, minor }: SecuritySubject): boolean =>
  minor >= 25 && textAt(objectAt(spec, "os"), "name") === "windows";

export const typeAt = (context: JsonObject, key: string): string | undefined => {
  const profile = optionalObjectAt(context, key);
  return profile === undefined ? undefined : textAt(profile, "type");
};
