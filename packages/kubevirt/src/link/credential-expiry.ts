import { X509Certificate } from "node:crypto";

import { certificateValidity } from "../policy/certificate-validity.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";

/** When a credential ends. */
export interface CredentialExpiry {
  readonly kind: "certificate" | "token";
  /** Wall time in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/**
 * When the credentials of a connection end, as far as they say so themselves: a client certificate's `notAfter`, and `exp` of
 * a token that is a JWT (RFC 7519). The earlier of both; undefined when neither says.
 */
export function credentialExpiryOf(
  connection: Pick<ClusterConnection, "clientCertificatePem" | "token">,
): CredentialExpiry | undefined {
  const { clientCertificatePem, token } = connection;
  const found: CredentialExpiry[] = [];
  const certificateMs =
    clientCertificatePem === undefined ? undefined : certificateEndOf(clientCertificatePem);
  if (certificateMs !== undefined) found.push({ kind: "certificate", expiresAtMs: certificateMs });
  const tokenMs = token === undefined ? undefined : tokenEndOf(token);
  if (tokenMs !== undefined) found.push({ kind: "token", expiresAtMs: tokenMs });
  return found.sort((a, b) => a.expiresAtMs - b.expiresAtMs)[0];
}

function certificateEndOf(pem: string): number | undefined {
  try {
    return certificateValidity(new X509Certificate(pem))?.toMs;
  } catch {
    return undefined;
  }
}

/** The token is not verified, only read: it is the cluster that decides. */
function tokenEndOf(token: string): number | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
    const { exp } = (claims ?? {}) as { exp?: unknown };
    return typeof exp === "number" ? wholeOf(exp * 1000) : undefined;
  } catch {
    return undefined;
  }
}

function wholeOf(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
