import { isJsonObject, type JsonObject, type JsonValue } from "../../schema/json.js";
import { parseQuantity } from "../../schema/quantity.js";
import { refuseForCauses, refuseUnreadable, type WebhookCause } from "./webhook-refusal.js";

/** Part of an OpenAPI v3 schema. */
export interface SchemaPart {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly items?: SchemaPart;
  readonly additionalProperties?: SchemaPart | boolean;
  readonly nullable?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly pattern?: string;
}

const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/** Numbers that the Go types hold without a sign. */
const UNSIGNED = new Set(["cores", "sockets", "threads", "maxSockets", "bootOrder"]);

/**
 * What virt-api's mutating webhooks find before anything else: fields that are missing or of another type (422), and values
 * that the Go types cannot hold (400). They answer before the server's own validation does.
 *
 * @throws ApiError
 */
export function checkGoTypes(
  webhook: string,
  struct: string,
  object: JsonObject,
  schema: SchemaPart,
): void {
  const causes: WebhookCause[] = [];
  collect(object, schema, "", causes);
  if (causes.length > 0) throw refuseForCauses(webhook, causes);
  const problem = unreadable(object["spec"], schema.properties?.["spec"], "spec", struct);
  if (problem !== undefined) throw refuseUnreadable(webhook, problem);
}

function collect(
  value: JsonValue | undefined,
  schema: SchemaPart | undefined,
  path: string,
  causes: WebhookCause[],
): void {
  if (schema === undefined || value === undefined || value === null) return;
  if (path === "metadata" || path === "status") return;
  if (!isOfType(value, schema)) {
    const shown = typeof value === "object" ? JSON.stringify(value) : `"${goKind(value)}"`;
    causes.push({ message: `${path} in body must be of type ${schema.type ?? ""}: ${shown}` });
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      collect(item, schema.items, `${path}[${index}]`, causes);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of schema.required ?? []) {
    if (value[name] === undefined || value[name] === null)
      causes.push({ message: `${join(path, name)} in body is required` });
  }
  for (const [name, part] of Object.entries(schema.properties ?? {}))
    collect(value[name], part, join(path, name), causes);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isOfType(value: JsonValue, schema: SchemaPart): boolean {
  if (schema["x-kubernetes-int-or-string"] === true)
    return typeof value === "string" || typeof value === "number";
  switch (schema.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    default:
      return true;
  }
}

function goKind(value: JsonValue): string {
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "boolean" : "number";
}

/** The first value that its Go type cannot hold, in the order of keys as the server sends them. */
function unreadable(
  value: JsonValue | undefined,
  schema: SchemaPart | undefined,
  path: string,
  struct: string,
): string | undefined {
  if (schema === undefined || value === undefined || value === null) return undefined;
  if (schema["x-kubernetes-int-or-string"] === true && schema.pattern !== undefined)
    return parseQuantity(JSON.stringify(value).replaceAll('"', "")) === undefined
      ? QUANTITY_ERROR
      : undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = unreadable(item, schema.items, path, struct);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (!isJsonObject(value)) {
    const name = path.slice(path.lastIndexOf(".") + 1);
    return UNSIGNED.has(name) && typeof value === "number" && value < 0
      ? `json: cannot unmarshal number ${value} into Go struct field ${struct}.${path} of type uint32`
      : undefined;
  }
  for (const name of Object.keys(value).toSorted()) {
    const part =
      schema.properties?.[name] ??
      (isJsonObject(schema.additionalProperties as JsonValue)
        ? (schema.additionalProperties as SchemaPart)
        : undefined);
    const problem = unreadable(value[name], part, `${path}.${name}`, struct);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
