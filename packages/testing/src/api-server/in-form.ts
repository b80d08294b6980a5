import { isJsonObject, type JsonObject } from "../schema/json.js";
import type { ApiResponse, WrittenBytes } from "./api-request.js";
import type { Negotiated } from "./negotiate.js";

/**
 * A body in the encoding that was agreed on.
 *
 * @param bytes the body as JSON, where it is written already or parts of it are.
 */
export function inForm(
  body: JsonObject,
  status: number,
  { encoding, isPretty, metaVersion }: Negotiated,
  bytes?: () => WrittenBytes,
): Extract<ApiResponse, { type: "json" }> {
  if (metaVersion === "v1beta1")
    return { type: "json", status, body: inBeta(body), encoding, isPretty };
  const written = bytes === undefined ? undefined : { of: body, bytes };
  return { type: "json", status, body, encoding, isPretty, written };
}

/** A Table, or metadata alone, in the version that came before `v1`: nothing but its name is another. */
export function inBeta(body: JsonObject): JsonObject {
  const beta = { ...body, apiVersion: "meta.k8s.io/v1beta1" };
  const { rows, items } = body;
  if (Array.isArray(items)) return { ...beta, items: items.filter(isJsonObject).map(inBeta) };
  if (!Array.isArray(rows)) return beta;
  return {
    ...beta,
    rows: rows.filter(isJsonObject).map((row) => {
      const { object } = row;
      const isMetadata = isJsonObject(object) && object["kind"] === "PartialObjectMetadata";
      return isMetadata ? { ...row, object: inBeta(object) } : row;
    }),
  };
}
