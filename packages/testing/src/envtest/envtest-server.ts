import type { IssuedCertificate } from "../authentication/certificate-authority.js";

/** A running control plane. Nothing of it outlives the handle. */
export interface EnvtestServer {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly caData: string;
  /** YAML with inline credentials of an administrator (`system:masters`). */
  readonly kubeconfig: string;
  /** Bearer token of that administrator; undefined on an existing cluster without one. */
  readonly adminToken: string | undefined;
  /** `kubectl`, where the assets have it. */
  readonly kubectlPath: string | undefined;
  /** A client certificate that the server accepts; undefined on an existing cluster. */
  readonly issueClientCertificate:
    | ((user: string, groups?: readonly string[]) => IssuedCertificate)
    | undefined;
  /** Ends the processes and removes their files. Safe to call again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
