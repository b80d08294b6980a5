import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";

/** Refuses an object of another kind, name or namespace than the request's path says; fills in what it leaves out. */
export function checkBody(
  body: JsonValue | undefined,
  resource: ServedResource,
  target: { readonly namespace: string; readonly name: string | undefined },
): JsonObject {
  if (!isJsonObject(body)) {
    throw refuse.badRequest("the object provided is unrecognized (must be of type object)");
  }
  checkType(body, resource);
  const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  body["metadata"] = metadata;
  if (target.name !== undefined) checkName(metadata, target.name);
  if (resource.namespaced) checkNamespaceOf(metadata, target.namespace);
  else delete metadata["namespace"];
  return body;
}

function checkType(body: JsonObject, resource: ServedResource): void {
  const { group, version, kind } = resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const given = { kind: body["kind"] ?? "", apiVersion: body["apiVersion"] ?? "" };
  if (resource.isCustom) {
    if (given.kind === "") {
      throw refuse.badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
    }
    if (given.apiVersion !== apiVersion) {
      throw refuse.badRequest(
        `the API version in the data (${String(given.apiVersion)}) does not match the expected API version (${apiVersion})`,
      );
    }
    if (given.kind !== kind) {
      throw refuse.badRequest(
        `${kind}.${group} "${nameIn(body)}" is invalid: kind: Invalid value: "${String(given.kind)}": must be ${kind}`,
      );
    }
    return;
  }
  // Go's typed decoder takes the endpoint's own type where the body names none.
  if (given.apiVersion !== "" && given.apiVersion !== apiVersion) {
    throw refuse.badRequest(
      `${String(given.kind === "" ? kind : given.kind)} in version "${String(given.apiVersion).split("/").at(-1) ?? ""}" cannot be handled as a ${kind}: no kind "${String(given.kind)}" is registered for version "${String(given.apiVersion)}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (given.kind !== "" && given.kind !== kind) {
    const group_ = group === "" ? "core" : (group.split(".")[0] ?? group);
    throw refuse.badRequest(
      `${String(given.kind)} in version "${version}" cannot be handled as a ${kind}: converting (${version}.${String(given.kind)}) to (${group_}.${kind}): unknown conversion`,
    );
  }
  body["kind"] = kind;
  body["apiVersion"] = apiVersion;
}

function checkName(metadata: JsonObject, name: string): void {
  const given = metadata["name"] ?? "";
  if (given === "") {
    throw refuse.badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (given !== name) {
    throw refuse.badRequest(
      `the name of the object (${String(given)}) does not match the name on the URL (${name})`,
    );
  }
}

function checkNamespaceOf(metadata: JsonObject, namespace: string): void {
  const given = metadata["namespace"] ?? "";
  if (given !== "" && given !== namespace) {
    throw refuse.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  metadata["namespace"] = namespace;
}

function nameIn(body: JsonObject): string {
  const metadata = body["metadata"];
  return isJsonObject(metadata) ? String(metadata["name"] ?? "") : "";
}
