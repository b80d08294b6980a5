import { type FieldError, forbidden, invalid, required, tooLong } from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { immutable } from "./field-rules.js";
import { objectAt, textAt } from "./json-access.js";

/** What one Secret or ConfigMap may hold: etcd takes requests of 1.5 MiB. */
const MAX_BYTES = 1024 * 1024;
const KEY_HELP =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const FROZEN = "field is immutable when `immutable` is set";

/** Keys that a Secret of the type has to have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

export function validateSecret(secret: JsonObject, old: JsonObject | undefined): FieldError[] {
  const data = objectAt(secret, "data");
  const errors = Object.keys(data)
    .toSorted()
    .flatMap((key) => validateKey(key, "data"));
  let bytes = 0;
  for (const value of Object.values(data)) bytes += Buffer.byteLength(String(value), "base64");
  if (bytes > MAX_BYTES) errors.push(tooLong("data", "", MAX_BYTES));
  errors.push(...validateType(secret, data));
  if (old === undefined) return errors;
  return [
    ...immutable(secret, old, "type", ""),
    ...validateFrozen(secret, old, ["data"]),
    ...errors,
  ];
}

export function validateConfigMap(
  configMap: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const data = objectAt(configMap, "data");
  const binary = objectAt(configMap, "binaryData");
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key of Object.keys(data).toSorted()) {
    errors.push(...validateKey(key, "data"));
    if (Object.hasOwn(binary, key))
      errors.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
    bytes += Buffer.byteLength(textAt(data, key));
  }
  for (const key of Object.keys(binary).toSorted()) {
    errors.push(...validateKey(key, "binaryData"));
    bytes += Buffer.byteLength(textAt(binary, key), "base64");
  }
  // The real server names an empty path here.
  if (bytes > MAX_BYTES) errors.push(tooLong("[]", "", MAX_BYTES));
  return old === undefined
    ? errors
    : [...validateFrozen(configMap, old, ["data", "binaryData"]), ...errors];
}

function validateKey(key: string, field: string): FieldError[] {
  return checkConfigKey(key).map((detail) => invalid(`${field}[${key}]`, key, detail));
}

/** What is wrong with a key of a Secret or ConfigMap, in the real server's words. */
export function checkConfigKey(key: string): string[] {
  if (key.length > 253) return ["must be no more than 253 characters"];
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) return [KEY_HELP];
  if (key === "." || key === "..") return [`must not be '${key}'`];
  return key.startsWith("..") ? ["must not start with '..'"] : [];
}

function validateType(secret: JsonObject, data: JsonObject): FieldError[] {
  const type = textAt(secret, "type");
  if (type === "kubernetes.io/basic-auth") {
    if (data["username"] !== undefined || data["password"] !== undefined) return [];
    return [required("data[username]"), required("data[password]")];
  }
  if (type === "kubernetes.io/service-account-token") {
    const annotation = "kubernetes.io/service-account.name";
    const annotations = objectAt(objectAt(secret, "metadata"), "annotations");
    return textAt(annotations, annotation) === ""
      ? [required(`metadata.annotations[${annotation}]`)]
      : [];
  }
  const keys = Object.hasOwn(REQUIRED_KEYS, type) ? (REQUIRED_KEYS[type] ?? []) : [];
  const config = keys.find((key) => key.startsWith(".docker"));
  const problem =
    config === undefined
      ? undefined
      : checkJson(Buffer.from(textAt(data, config), "base64").toString("utf8"));
  if (config !== undefined && data[config] !== undefined && problem !== undefined) {
    return [invalid(`data[${config}]`, "<secret contents redacted>", problem)];
  }
  return keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
}

/** Go's words for text that is not JSON; the text itself may be a secret. */
function checkJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const first = text.trimStart().charAt(0);
    if (first === "" || '{["0123456789-tfn'.includes(first)) return "unexpected end of JSON input";
    return `invalid character '${first}' looking for beginning of value`;
  }
}

function validateFrozen(
  object: JsonObject,
  old: JsonObject,
  keys: readonly string[],
): FieldError[] {
  if (old["immutable"] !== true) return [];
  const errors: FieldError[] = [];
  if (object["immutable"] !== true) errors.push(forbidden("immutable", FROZEN));
  for (const key of keys) {
    if (!jsonEqual(object[key], old[key])) errors.push(forbidden(key, FROZEN));
  }
  return errors;
}
