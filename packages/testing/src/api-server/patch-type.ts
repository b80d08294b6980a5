import type { ApiRequest } from "./api-request.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
export const APPLY = "application/apply-patch+yaml";

const OF_ALL = [JSON_PATCH, MERGE_PATCH, APPLY];
const OF_BUILT_IN = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY];

/**
 * What a patch is. Routes of built-in kinds are chosen by a list of types; the handler behind them takes one.
 *
 * @throws ApiError UnsupportedMediaType when the resource does not take it.
 */
export function patchTypeOf(
  { contentType }: Pick<ApiRequest, "contentType">,
  { isCustom }: Pick<ServedResource, "isCustom">,
): string {
  const end = contentType.indexOf(";");
  const type = end > 0 ? contentType.slice(0, end) : contentType;
  const types = isCustom ? OF_ALL : OF_BUILT_IN;
  if (types.includes(type)) return type;
  const named = contentType.split(",").map((part) => part.split(";", 1)[0]?.trim() ?? "");
  if (!isCustom && !named.some((each) => types.includes(each))) throw refuse.unknownPatchType();
  throw refuse.unsupportedMediaType(types.join(", "));
}
