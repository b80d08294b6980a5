import { invalid } from "./kubeconfig-failure.js";

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The text behind a field ending in `-data`: base64 as Go reads it, line breaks allowed, padding needed.
 *
 * @throws KubeconfigInvalidError (rule `base64`)
 */
export function decodeBase64(field: string, data: string): string {
  const compact = data.replace(/[\r\n]/g, "");
  if (!BASE64.test(compact) || compact.length % 4 !== 0)
    throw invalid("base64", `${field} is not base64`);
  return Buffer.from(compact, "base64").toString("utf8");
}
