import { isJsonObject, type JsonObject, type JsonValue, setOwnValue } from "../schema/json.js";
import type { RequestAttributes } from "../records/request-attributes.js";

const REDACTED = "REDACTED";

/** Resources whose bodies are credentials: of these, no body is ever written. */
const SECRET_RESOURCES: ReadonlySet<string> = new Set([
  "secrets",
  "serviceaccounts/token",
  "tokenreviews",
  "certificatesigningrequests",
]);

/** Fields that carry credentials in objects of any kind: tokens, passwords, keys, and the user data of virtual machines. */
const SECRET_FIELD =
  /^(.*token|.*passw(or)?d|.*secret(key|access.*)?|private_?key|api_?key|.*credentials?|kubeconfig|(user|network)data(base64)?|authorization|stringdata)$/i;

/** A copy of an object as it was last applied, as text: it repeats every field of it. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Whether the bodies of such requests are never written. */
export function hasSecretBody({ resource, subresource }: RequestAttributes): boolean {
  return SECRET_RESOURCES.has(subresource === "" ? resource : `${resource}/${subresource}`);
}

/** A body without what may be a credential. What is left is shared with the body, which stays as it is. */
export function redact(body: JsonValue): JsonValue {
  if (Array.isArray(body)) return body.map((item) => redact(item));
  if (!isJsonObject(body)) return body;
  if (body["kind"] === "Secret") return { ...redactFields(body), data: REDACTED };
  return redactFields(body);
}

/** Query parameters that carry a credential; everything else of an address may be written. */
export function redactQuery(query: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams(query);
  for (const name of ["token", "access_token"]) if (copy.has(name)) copy.set(name, REDACTED);
  return copy;
}

function redactFields(body: JsonObject): JsonObject {
  const copy: JsonObject = {};
  const path = body["path"];
  // A step of a JSON patch names its field by a path.
  const isSecretStep =
    typeof path === "string" && SECRET_FIELD.test(path.slice(path.lastIndexOf("/") + 1));
  for (const [name, value] of Object.entries(body)) {
    const isSecret =
      name === LAST_APPLIED || (isSecretStep && name === "value") || isSecretField(name, value);
    setOwnValue(copy, name, isSecret ? REDACTED : redact(value));
  }
  return copy;
}

/** A reference to a Secret is no secret: only texts, and maps of texts, are. */
function isSecretField(name: string, value: JsonValue): boolean {
  if (!SECRET_FIELD.test(name)) return false;
  if (typeof value === "string") return true;
  return /data$/i.test(name) && isJsonObject(value);
}
