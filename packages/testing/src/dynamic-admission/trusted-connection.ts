import { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import {
  checkServerIdentity,
  connect,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";

import { onAbort, systemClock } from "@kvop/core";

/** What OpenSSL says of a chain that leads to no root. */
const NO_ROOT: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** Options of a connection; `ending` gives up the dial. */
export interface TrustedConnectionOptions extends ConnectionOptions {
  readonly ending?: AbortSignal;
}

/**
 * Connects to a webhook as Go does: each certificate of the bundle is trusted for itself, be it a root, an intermediate or that of
 * the server, where OpenSSL wants a root. controller-runtime's envtest hands out the server's own.
 *
 * @param bundle PEM certificates; empty for those that the system trusts.
 */
export function connectTrusted(
  { ending, ...options }: TrustedConnectionOptions,
  bundle: string,
  done: (error: Error | null, socket: Duplex) => void,
): undefined {
  // An address is no SNI name, but certificates carry it.
  const name = (options.servername || (options.host ?? "")).replace(/^\[|\]$/g, "");
  const socket = connect({
    ...options,
    ...(bundle === "" ? {} : { ca: bundle }),
    rejectUnauthorized: false,
  });
  const leave = onAbort(ending, (reason) => socket.destroy(reason));
  const fail = (error: Error): void => {
    leave();
    done(error, socket);
  };
  socket.once("error", fail);
  socket.once("secureConnect", () => {
    // Node gives it once: it takes it out of the chain.
    const leaf = socket.getPeerX509Certificate();
    const problem = trustProblem(socket, leaf, bundle) ?? identityProblem(leaf, name);
    if (problem !== undefined) {
      socket.destroy(problem);
      return;
    }
    leave();
    socket.off("error", fail);
    done(null, socket);
  });
  return undefined;
}

function trustProblem(
  socket: TLSSocket,
  leaf: X509Certificate | undefined,
  bundle: string,
): Error | undefined {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  // The name is asked for next, by the one name that counts.
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return undefined;
  const isAnchored =
    NO_ROOT.has(code) &&
    leaf !== undefined &&
    isCurrent(leaf) &&
    certificatesOf(bundle).some(
      (anchor) =>
        anchor.raw.equals(leaf.raw) || (leaf.checkIssued(anchor) && leaf.verify(anchor.publicKey)),
    );
  return isAnchored ? undefined : Object.assign(new Error(code), { code });
}

function identityProblem(leaf: X509Certificate | undefined, name: string): Error | undefined {
  const subjectaltname = leaf?.subjectAltName;
  return checkServerIdentity(name, { subject: {}, subjectaltname } as PeerCertificate);
}

function certificatesOf(bundle: string): X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** TLS is of the real world, whatever clock the server runs on. */
function isCurrent({ validFrom, validTo }: X509Certificate): boolean {
  const now = systemClock.now();
  return timeOf(validFrom) <= now && now <= timeOf(validTo);
}

/** OpenSSL writes times as `Jan  2 03:04:05 2026 GMT`. */
function timeOf(text: string): number {
  // oxlint-disable-next-line no-restricted-globals
  return Date.parse(text);
}
