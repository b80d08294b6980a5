import type { ClusterConnection } from "../policy/cluster-connection.js";

/** Whether two connections need TLS of their own; a token alone does not. */
export function isSameRoute(a: ClusterConnection, b: ClusterConnection): boolean {
  return (
    a.server === b.server &&
    a.caPem === b.caPem &&
    a.clientCertificatePem === b.clientCertificatePem &&
    a.clientKeyPem === b.clientKeyPem &&
    a.tlsServerName === b.tlsServerName
  );
}
