import {
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  valuesAt,
} from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { invalid, type WebhookCause } from "./webhook-refusal.js";

/** Annotations that need a feature gate, and what is said of them. */
const GATED_ANNOTATIONS = [
  ["kubevirt.io/ignitiondata", "ExperimentalIgnitionSupport"],
  ["hooks.kubevirt.io/hookSidecars", "sidecar"],
] as const;

export function validateAnnotations(path: string, annotations: JsonObject): WebhookCause[] {
  const field = `${path}.annotations`;
  return GATED_ANNOTATIONS.filter(([name]) => textAt(annotations, name) !== "").map(
    ([name, gate]) => {
      const why = `${gate} feature gate is not enabled in kubevirt-config`;
      return invalid(`${why}, invalid entry ${field}.${name}`, field);
    },
  );
}

/** Keys and passwords that are put into the guest. */
export function validateAccessCredentials(path: string, spec: JsonObject): WebhookCause[] {
  const volumes = objectsAt(spec, "volumes");
  const hasVolume = (source: string): boolean =>
    volumes.some((volume) => volume[source] !== undefined);
  return objectsAt(spec, "accessCredentials").flatMap((credential, index) => {
    const at = `${path}.accessCredentials[${index}]`;
    const key = optionalObjectAt(credential, "sshPublicKey");
    const password = optionalObjectAt(credential, "userPassword");
    const causes: WebhookCause[] = [];
    if (key !== undefined) causes.push(...keyCauses(at, key, hasVolume));
    if (password !== undefined) {
      const methods = optionalObjectAt(objectAt(password, "propagationMethod"), "qemuGuestAgent");
      causes.push(...countCauses(at, "userPassword", password, methods === undefined ? 0 : 1));
    }
    if ((key === undefined) === (password === undefined))
      causes.push(invalid(`${at} must have exactly one access credential type set`, at));
    return causes;
  });
}

function keyCauses(
  at: string,
  key: JsonObject,
  hasVolume: (source: string) => boolean,
): WebhookCause[] {
  const method = objectAt(key, "propagationMethod");
  const field = `${at}.sshPublicKey.propagationMethod`;
  const causes: WebhookCause[] = [];
  for (const [name, source] of [
    ["noCloud", "cloudInitNoCloud"],
    ["configDrive", "cloudInitConfigDrive"],
  ] as const) {
    if (method[name] === undefined || hasVolume(source)) continue;
    const message = `${at} requires a ${name} volume to exist when the ${name} propagationMethod is in use.`;
    causes.push(invalid(message, field));
  }
  const agent = optionalObjectAt(method, "qemuGuestAgent");
  if (agent !== undefined && valuesAt(agent, "users").length === 0) {
    const message = `${at} requires at least one user to be present in the users list`;
    causes.push(invalid(message, `${field}.qemuGuestAgent.users`));
  }
  const count = ["noCloud", "configDrive", "qemuGuestAgent"].filter(
    (name) => method[name] !== undefined,
  ).length;
  return [...causes, ...countCauses(at, "sshPublicKey", key, count)];
}

function countCauses(
  at: string,
  kind: string,
  credential: JsonObject,
  methods: number,
): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (objectAt(credential, "source")["secret"] === undefined)
    causes.push(invalid(`${at} must have exactly one source set`, `${at}.${kind}.source`));
  if (methods !== 1) {
    const message = `${at} must have exactly one propagationMethod set`;
    causes.push(invalid(message, `${at}.${kind}.propagationMethod`));
  }
  return causes;
}
