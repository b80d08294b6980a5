/**
 * All that a connection to one cluster needs, and nothing else: the outcome of the kubeconfig policy. Frozen.
 * It holds credentials: never log it.
 */
export interface ClusterConnection {
  /** `https://host:port` with an optional path, without a trailing slash. */
  readonly server: string;
  /** Certificates that the server's is checked against; the system's own when absent. */
  readonly caPem?: string | undefined;
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: string | undefined;
  /** Bearer token. */
  readonly token?: string | undefined;
  /** Name that the server's certificate must carry, where it is not the host of `server`. */
  readonly tlsServerName?: string | undefined;
}
