import { ownValue } from "./json.js";
import type { JsonObject } from "./json.js";
import { readObject, readText } from "./json-read.js";

/**
 * Fills in what a CustomResourceDefinition leaves open: singular, listKind, conversion `None`, the port of a conversion
 * webhook. Changes the object in place and returns it.
 */
export function defaultCustomResourceDefinition(definition: JsonObject): JsonObject {
  const spec = readObject(definition, "spec");
  if (spec === undefined) return definition;
  const names = readObject(spec, "names");
  const kind = readText(names, "kind");
  if (names !== undefined && kind !== "") {
    if (readText(names, "singular") === "") names["singular"] = kind.toLowerCase();
    if (readText(names, "listKind") === "") names["listKind"] = `${kind}List`;
  }
  const conversion = ownValue(spec, "conversion");
  if (conversion === undefined || conversion === null) spec["conversion"] = { strategy: "None" };
  const webhook = readObject(readObject(spec, "conversion"), "webhook");
  const service = readObject(readObject(webhook, "clientConfig"), "service");
  if (service !== undefined && (ownValue(service, "port") ?? null) === null) service["port"] = 443;
  if (ownValue(spec, "preserveUnknownFields") === false) delete spec["preserveUnknownFields"];
  return definition;
}
