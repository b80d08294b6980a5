import type { Clock, Random } from "@kvop/core";
import type { ServiceResolver } from "../dynamic-admission/webhook-caller.js";
import type { ControllerSettings } from "../controllers/controller-settings.js";
import type { ApiServer } from "./api-server.js";

/** Settings of an API server. */
export interface ApiServerOptions {
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default: the machine's. */
  readonly random?: Random | undefined;
  /** CustomResourceDefinitions to serve from the start. */
  readonly crds?: readonly object[] | undefined;
  /** Duties of a controller manager that the server takes over. Default: all of them, at once. */
  readonly controllers?: ControllerSettings | undefined;
  /**
   * Who may do what. `RBAC` decides by Roles and bindings, begins with those of a real server and takes requests without
   * credentials as `system:anonymous`; the admin is in `system:masters`. Default: `AlwaysAllow`.
   */
  readonly authorization?: "AlwaysAllow" | "RBAC" | undefined;
  /**
   * Where the pods of a Service listen that admission webhooks name by `clientConfig.service`. Default: nowhere, as there is no
   * cluster network.
   */
  readonly resolveService?: ServiceResolver | undefined;
  /** Bearer tokens besides the admin's. */
  readonly tokens?:
    | Readonly<
        Record<string, { readonly user: string; readonly groups?: readonly string[] | undefined }>
      >
    | undefined;
  /** Whether records of requests in process count bytes, as if they were sent; it costs an encoding each. Default: false. */
  readonly measuresBodies?: boolean | undefined;
  /** Short name for errors and kubeconfigs. Default: `kvop`. */
  readonly name?: string | undefined;
}

/** Where an API server listens. */
export interface ListenOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** Settings of a client through the in-process door. */
export interface InProcessClientOptions {
  /** For errors. Default: the server's. */
  readonly name?: string | undefined;
  /** Whom the client acts as. Default: the admin. */
  readonly user?: string | undefined;
  /** What records, faults and field managers know the client by. Default: `in-process`. */
  readonly userAgent?: string | undefined;
}

/** An open HTTPS door on an API server. */
export interface ListeningApiServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly url: string;
  readonly port: number;
  /** The authority that signed the server's certificate. */
  readonly caPem: string;
  /** The admin's bearer token at present. */
  readonly adminToken: string;
  /** A kubeconfig of the admin, everything inline. */
  kubeconfig(options?: { readonly token?: string | undefined }): string;
  /** False after `stop`, until `start`. */
  readonly isListening: boolean;
  /** Drops every connection and stops to listen; what is stored stays. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}
