import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { ClusterRoute, ClusterRouteOptions } from "./cluster-route.js";
import { isSameRoute } from "./is-same-route.js";

/** Where a request goes, and with which credentials. */
export interface RouteInUse {
  readonly connection: ClusterConnection;
  readonly route: ClusterRoute;
}

/** Settings of {@link CurrentRoute}. */
export interface CurrentRouteOptions extends ClusterRouteOptions {
  /** The connection of the moment, where it may become another one. */
  readonly readConnection?: (() => Promise<ClusterConnection>) | undefined;
}

/** The route of a transport: opened at the first request, and replaced when what it needs of TLS is another than before. */
export class CurrentRoute {
  readonly #connection: ClusterConnection;
  readonly #options: CurrentRouteOptions;
  /** Routes with older TLS settings, until their last watch has ended. */
  #retired: Set<ClusterRoute> | undefined;
  #inUse: RouteInUse | undefined;
  #opening: Promise<ClusterRoute> | undefined;
  #watchesEnded: Error | undefined;
  #destroyed: Error | undefined;

  constructor(connection: ClusterConnection, options: CurrentRouteOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The route when it is open, and cannot become another one; undefined when it is to be waited for. */
  get ready(): RouteInUse | undefined {
    const isFixed = this.#options.readConnection === undefined && this.#destroyed === undefined;
    return isFixed ? this.#inUse : undefined;
  }

  /** @throws what reading the connection and loading the HTTP library give, and why the route was destroyed */
  async open(): Promise<RouteInUse> {
    const connection = (await this.#options.readConnection?.()) ?? this.#connection;
    this.#throwIfDestroyed();
    const current = this.#inUse;
    if (current !== undefined && isSameRoute(current.route.connection, connection))
      return current.connection === connection ? current : { connection, route: current.route };
    // Shared by all who come meanwhile; theirs may be newer still, which the next request sees.
    this.#opening ??= this.#replace(connection).finally(() => {
      this.#opening = undefined;
    });
    const route = await this.#opening;
    this.#throwIfDestroyed();
    return { connection, route };
  }

  /** Ends all watches, and those that come; requests go on. */
  async endWatches(reason: Error): Promise<void> {
    this.#watchesEnded = reason;
    await Promise.all(this.#all().map(({ watches }) => watches.destroy(reason)));
  }

  async destroy(reason: Error): Promise<void> {
    this.#destroyed = reason;
    await this.#opening?.catch(() => undefined);
    await Promise.all(this.#all().map((route) => route.destroy(reason)));
  }

  #all(): ClusterRoute[] {
    const { route } = this.#inUse ?? {};
    return [...(this.#retired ?? []), ...(route === undefined ? [] : [route])];
  }

  async #replace(connection: ClusterConnection): Promise<ClusterRoute> {
    // Loaded at the first request, with TLS and the HTTP library: importing the package has to stay cheap.
    const { openRoute } = await import("./cluster-route.js");
    const route = await openRoute(connection, this.#options);
    if (this.#watchesEnded !== undefined) await route.watches.destroy(this.#watchesEnded);
    const old = this.#inUse?.route;
    this.#inUse = { connection, route };
    if (old !== undefined) {
      this.#retired ??= new Set();
      this.#retired.add(old);
      old.retire();
    }
    return route;
  }

  #throwIfDestroyed(): void {
    if (this.#destroyed !== undefined) throw this.#destroyed;
  }
}
