import type { X509Certificate } from "node:crypto";

import { parseTime } from "@kvop/core";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** When a certificate is valid, in milliseconds since 1970, both ends included. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a certificate is valid; undefined when its times cannot be read. */
export function certificateValidity(certificate: X509Certificate): Validity | undefined {
  const fromMs = parseOpenSslTime(certificate.validFrom);
  const toMs = parseOpenSslTime(certificate.validTo);
  return fromMs === undefined || toMs === undefined ? undefined : { fromMs, toMs };
}

/** OpenSSL prints times as `Jan  2 03:04:05 2026 GMT`. */
function parseOpenSslTime(text: string): number | undefined {
  const [, month = "", day = "", time = "", year = ""] =
    /^(\w{3}) {1,2}(\d{1,2}) (\d{2}:\d{2}:\d{2})(?:\.\d+)? (\d{4,}) GMT$/.exec(text) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return undefined;
  return parseTime(`${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}T${time}Z`);
}
