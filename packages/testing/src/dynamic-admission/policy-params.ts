import { objectAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import { selects } from "../admission/validate-workload.js";
import { inVersion } from "../api-server/in-version.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import { storeKey } from "../api-server/write-target.js";
import type { JsonObject } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";

/** Why a policy or binding cannot be applied. */
export class ConfigurationError extends Error {}

/** The resource of the parameters of a policy; undefined when it has none. @throws ConfigurationError when it is not served. */
export function paramResourceOf(
  policySpec: JsonObject,
  { context }: AdmittedWrite,
): ServedResource | undefined {
  const paramKind = optionalObjectAt(policySpec, "paramKind");
  if (paramKind === undefined) return undefined;
  const [version = "", group = ""] = textAt(paramKind, "apiVersion").split("/").toReversed();
  const kind = textAt(paramKind, "kind");
  const found = context.registry
    .all()
    .find((each) => each.kind === kind && each.version === version && each.group === group);
  if (found !== undefined) return found;
  throw new ConfigurationError(
    `failed to find resource referenced by paramKind: '${group === "" ? "" : `${group}/`}${version}, Kind=${kind}'`,
  );
}

/** The parameters with which a policy is to be evaluated: once without any, or once with each. @throws ConfigurationError */
export function paramsOf(
  resource: ServedResource | undefined,
  reference: JsonObject | undefined,
  { namespace, context: { store } }: AdmittedWrite,
): readonly (JsonObject | undefined)[] {
  if (resource === undefined || reference === undefined) return [undefined];
  const given = textAt(reference, "namespace");
  if (!resource.namespaced && given !== "")
    throw new ConfigurationError(
      "paramRef.namespace must not be provided for a cluster-scoped `paramKind`",
    );
  const place = resource.namespaced ? given || namespace : "";
  if (resource.namespaced && place === "")
    throw new ConfigurationError(
      "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources",
    );
  const name = textAt(reference, "name");
  const selector = objectAt(reference, "selector");
  const stored =
    name === ""
      ? store.list(resource.storageKey).objects.filter((object) => {
          const metadata = objectAt(object, "metadata");
          return (
            textAt(metadata, "namespace") === place &&
            selects(selector, objectAt(metadata, "labels"))
          );
        })
      : [store.get(resource.storageKey, storeKey(place, name))];
  const found = stored.filter((object) => object !== undefined);
  if (found.length === 0 && textAt(reference, "parameterNotFoundAction") === "Deny")
    throw new ConfigurationError(
      "no params found for policy binding with `Deny` parameterNotFoundAction",
    );
  return found.map((object) => inVersion(object, resource));
}
