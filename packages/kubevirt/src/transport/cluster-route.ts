import type { LookupFunction } from "node:net";

import type { Clock } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { ConnectionPool } from "./connection-pool.js";
import { Dialer } from "./dialer.js";
import type { TransportObserver } from "./transport-observer.js";
import { WatchConnections } from "./watch-connections.js";

/** Settings of {@link openRoute}. */
export interface ClusterRouteOptions {
  /** Name of the client. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly lookup?: LookupFunction | undefined;
  readonly observer?: TransportObserver | undefined;
}

/** The way to one cluster by one set of credentials: connections for requests and for watches. */
export interface ClusterRoute {
  readonly connection: ClusterConnection;
  /** `host:port`. */
  readonly address: string;
  /** Path before that of each request; empty as a rule. */
  readonly basePath: string;
  readonly pool: ConnectionPool;
  readonly watches: WatchConnections;
  /** Closes what is idle now and the rest as it ends. */
  retire(): void;
  /** Ends everything, whatever is under way. */
  destroy(reason: Error): Promise<void>;
}

/** Makes a route; it dials nothing yet. The HTTP library is loaded at the first one. */
export async function openRoute(
  connection: ClusterConnection,
  options: ClusterRouteOptions,
): Promise<ClusterRoute> {
  const { Client: ClientClass } = await import("undici");
  const url = new URL(connection.server);
  const address = addressOf(url);
  const { origin } = url;
  const { cluster, clock, observer, connectTimeoutMs, lookup, maxConnections } = options;
  // Written out: a spread gives every object a shape of its own, which counts in a thousand clusters.
  const dialer = new Dialer(connection, {
    cluster,
    address,
    clock,
    connectTimeoutMs,
    lookup,
    observer,
  });
  const pool = new ConnectionPool({ origin, dialer, ClientClass, maxConnections });
  const watches = new WatchConnections({
    cluster,
    address,
    origin,
    dialer,
    ClientClass,
    clock,
    connectTimeoutMs,
    pingIntervalMs: options.pingIntervalMs,
    pingTimeoutMs: options.pingTimeoutMs,
    observer,
  });
  return {
    connection,
    address,
    basePath: url.pathname.replace(/\/+$/, ""),
    pool,
    watches,
    retire: () => {
      pool.retire();
      watches.retire();
    },
    destroy: async (reason) => {
      dialer.destroy(reason);
      await Promise.all([pool.destroy(reason), watches.destroy(reason)]);
    },
  };
}

function addressOf(url: URL): string {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return `${url.hostname}:${port}`;
}
