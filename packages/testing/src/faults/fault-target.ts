import type { Clock, Random } from "@kvop/core";
import type { ConnectionHub, ServerCertificate } from "../api-server/connection-hub.js";
import type { Interceptor } from "../api-server/interceptor.js";
import type { ClusterSnapshot } from "../snapshot/cluster-snapshot.js";

/** What faults need of a server. */
export interface FaultTarget {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly hub: ConnectionHub;
  /** Whether an HTTPS door was ever opened. */
  hasHttpsDoor(): boolean;
  intercept(interceptor: Interceptor): Disposable;
  snapshot(): ClusterSnapshot;
  /** A certificate of the server's own authority, or of one that no client knows. */
  issueCertificate(options: IssueFaultCertificateOptions): ServerCertificate;
}

/** How a changed certificate differs. */
export interface IssueFaultCertificateOptions {
  /** `same`: the server's own, which its clients trust; `other`: a new one. Default: `same`. */
  readonly authority?: "same" | "other" | undefined;
  /** Hosts that it is for. Default: those of the door. */
  readonly hosts?: readonly string[] | undefined;
  /** Milliseconds since 1970 after which it is no longer valid. Default: a year on. */
  readonly notAfterMs?: number | undefined;
}
