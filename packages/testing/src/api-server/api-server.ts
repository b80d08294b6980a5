import {
  type ClientRole,
  type ClusterClient,
  createClusterClient,
  type OwnedClient,
  systemClock,
  sleep,
  systemRandom,
  type Transport,
} from "@kvop/core";
import { auditInterceptor, type AuditOptions } from "../audit/audit.js";
import type { AuthenticationConfig } from "../authentication/authenticate.js";
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from "../authentication/certificate-authority.js";
import type { JsonObject } from "../schema/json.js";
import { ClusterSnapshot } from "../snapshot/cluster-snapshot.js";
import { FaultEngine } from "../faults/fault-engine.js";
import { Faults } from "../faults/faults.js";
import { RequestLog } from "../records/request-log.js";
import type { RequestRecord } from "../records/request-record.js";
import { ObjectStore, type StoreState } from "../store/object-store.js";
import { allocateServices } from "./allocate-services.js";
import { ServiceAccountIssuer } from "../service-accounts/service-account-issuer.js";
import { builtInPlugins } from "../admission-plugins/built-in-plugins.js";
import { DynamicAdmission } from "../dynamic-admission/dynamic-admission.js";
import { followService } from "../bootstrap/service-addresses.js";
import { seedServer } from "../bootstrap/seed-server.js";
import { impersonationRefusal, mayImpersonate } from "./authorize-request.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import type {
  ApiServerOptions,
  InProcessClientOptions,
  ListeningApiServer,
  ListenOptions,
} from "./api-server-options.js";
import { type AggregatedApi, handleRequest } from "./handle-request.js";
import { ConnectionHub } from "./connection-hub.js";
import { type HttpsDoor, openHttpsDoor } from "./https-door.js";
import { inProcessTransport } from "./in-process-transport.js";
import type { Interceptor } from "./interceptor.js";
import { listenOn } from "./listen-on.js";
import { JsonBytes } from "./json-bytes.js";
import { ResourceRegistry } from "./resource-registry.js";
import { expireEvent } from "../controllers/expire-events.js";
import { runControllers } from "../controllers/run-controllers.js";
import { Timers } from "../controllers/timers.js";
import { SharedLines } from "./shared-line.js";
import { loadObject } from "./load-object.js";
import { followDefinition, seedDefinition } from "./serve-definition.js";
import { ADMIN, ServerTokens } from "./server-tokens.js";
import type { AdmissionHandler, AdmissionPhase, ServerContext } from "./server-context.js";

/** A Kubernetes API server in this process, ready at once through {@link ApiServer.client}. It does no I/O until `listen`. */
export function createApiServer(options: ApiServerOptions = {}): ApiServer {
  return new ApiServer(options);
}

/** An API server that listens on HTTPS; disposing of it closes everything. */
export async function startApiServer(
  options: ApiServerOptions & ListenOptions = {},
): Promise<ListeningApiServer> {
  return createApiServer(options).listen(options);
}

/** See {@link createApiServer}. */
export class ApiServer implements AsyncDisposable {
  readonly name: string;
  /** Faults on demand: `using fault = server.faults.on({ verb: "create" }).once().answer(503)`. */
  readonly faults: Faults;
  readonly #log: RequestLog;
  readonly #interceptors: Interceptor[] = [];
  readonly #context: ServerContext;
  readonly #aggregated = new Map<string, AggregatedApi>();
  readonly #tokens: ServerTokens;
  readonly #hub = new ConnectionHub();
  readonly #doors = new Set<ListeningApiServer>();
  readonly #initial: StoreState;
  readonly #hosts = new Set(["localhost", "127.0.0.1", "::1"]);
  #authority: CertificateAuthority | undefined;

  constructor(options: ApiServerOptions = {}) {
    this.name = options.name ?? "kvop";
    const registry = new ResourceRegistry();
    const store = new ObjectStore();
    const bytes = new JsonBytes();
    const plugins = builtInPlugins(store, options.clock ?? systemClock);
    this.#context = {
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      registry,
      store,
      bytes,
      lines: new SharedLines(bytes),
      authorization: options.authorization ?? "AlwaysAllow",
      admission: { mutating: new Set(plugins.mutating), validating: new Set(plugins.validating) },
      dynamic: new DynamicAdmission(store, options.clock ?? systemClock, options.resolveService),
      controllers: options.controllers ?? {},
      timers: new Timers(options.clock ?? systemClock),
      services: allocateServices(store),
      address: () => this.#address(),
      serviceAccounts: new ServiceAccountIssuer({
        clock: options.clock ?? systemClock,
        random: options.random ?? systemRandom,
        store,
      }),
      userOfToken: (token) => this.#tokens.ownerOf(token),
      afterWrite: (resource, object) => {
        followDefinition(resource, object, this.#context);
        followService(resource, object, this.#context);
        expireEvent(resource, object, this.#context);
        runControllers(resource, object, this.#context);
      },
    };
    this.#log = new RequestLog(this.#context.clock, options);
    const { random, serviceAccounts } = this.#context;
    this.#tokens = new ServerTokens(options.tokens ?? {}, random, serviceAccounts);
    seedServer(store, {
      name: this.name,
      startedMs: this.#context.clock.now(),
      random: this.#context.random,
      authorization: this.#context.authorization,
      address: this.#context.address,
      caPem: () => this.#certificates().caPem,
    });
    for (const crd of options.crds ?? []) seedDefinition(crd as JsonObject, this.#context);
    this.#initial = store.save();
    this.faults = new Faults([this.#newFaultEngine()]);
  }

  /** A client through the in-process door: the fake client. Its role is `cluster` where the options name none. */
  client(
    options?: InProcessClientOptions & { readonly role?: "cluster" | undefined },
  ): OwnedClient<ClusterClient<"cluster">>;
  client<Role extends ClientRole>(
    options: InProcessClientOptions & { readonly role: Role },
  ): OwnedClient<ClusterClient<Role>>;
  client(
    options: InProcessClientOptions & { readonly role?: ClientRole | undefined } = {},
  ): OwnedClient<ClusterClient> {
    return createClusterClient(this.transport(options), {
      role: options.role ?? "cluster",
      name: options.name ?? this.name,
      clock: this.#context.clock,
    });
  }

  /** The in-process door. */
  transport(
    options: {
      readonly user?: string | undefined;
      /** What records, faults and field managers know the client by. Default: `in-process`. */
      readonly userAgent?: string | undefined;
    } = {},
  ): Transport {
    return inProcessTransport({
      name: this.name,
      user:
        options.user === undefined
          ? ADMIN
          : { username: options.user, groups: ["system:authenticated"] },
      userAgent: options.userAgent,
      clock: this.#context.clock,
      handle: (request) => this.handle(request),
      onEnd: (request) => this.#log.ended(request),
    });
  }

  /** Answers one request; both doors end here. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const open = this.#log.received(request);
    let answer: ApiResponse | undefined;
    try {
      answer = await this.#answer(request, 0, this.#context);
      return answer;
    } finally {
      this.#log.answered(open, answer);
    }
  }

  /**
   * Puts an interceptor between the doors and the API until disposed of.
   *
   * @param options.outermost Before all that are there, faults included. Default: behind them, next to the API.
   */
  intercept(
    interceptor: Interceptor,
    options: { readonly outermost?: boolean | undefined } = {},
  ): Disposable {
    if (options.outermost === true) this.#interceptors.unshift(interceptor);
    else this.#interceptors.push(interceptor);
    return {
      [Symbol.dispose]: () => {
        const index = this.#interceptors.indexOf(interceptor);
        if (index >= 0) this.#interceptors.splice(index, 1);
      },
    };
  }

  #answer(request: ApiRequest, index: number, context: ServerContext): Promise<ApiResponse> {
    const interceptor = this.#interceptors[index];
    if (interceptor !== undefined)
      return interceptor(request, (changed, { store } = {}) =>
        this.#answer(changed, index + 1, store === undefined ? context : { ...context, store }),
      );
    if (request.refusal !== undefined) return Promise.resolve(request.refusal);
    return handleRequest(request, context, this.#aggregated);
  }

  /** The last 10,000 requests at least, the oldest first. */
  get requests(): readonly RequestRecord[] {
    return this.#log.records;
  }

  /** Calls the listener for each request once it was answered, until disposed of. */
  onRequest(listener: (record: RequestRecord) => void): Disposable {
    return this.#log.onAnswer(listener);
  }

  /** What is in use, in words: open watches and request listeners. Empty once all who use the server are done. */
  inUse(): readonly string[] {
    const { listenerCount } = this.#log;
    return [
      ...this.faults.engines.flatMap(({ taps }) => taps.map(({ words }) => words)),
      ...Array.from({ length: listenerCount }, () => "request listener"),
    ];
  }

  /** Writes an audit log of what the API does, until disposed of. */
  audit(options: AuditOptions): Disposable {
    return this.intercept(auditInterceptor(options, this.#context));
  }

  /** Serves a further group version by a handler of its own, until disposed of. */
  registerAggregatedApi(api: AggregatedApi): Disposable {
    const id = `${api.group}/${api.version}`;
    this.#aggregated.set(id, api);
    return { [Symbol.dispose]: () => void this.#aggregated.delete(id) };
  }

  /**
   * Lets a handler change or refuse writes, as a webhook would, until disposed of.
   *
   * @param options.phase Default: `mutating`, before the object is judged by its schema. What a `validating` handler returns
   * does not count.
   */
  addAdmission(
    handler: AdmissionHandler,
    options: { readonly phase?: AdmissionPhase | undefined } = {},
  ): Disposable {
    const handlers = this.#context.admission[options.phase ?? "mutating"];
    handlers.add(handler);
    return { [Symbol.dispose]: () => void handlers.delete(handler) };
  }

  /** Makes the admin's token invalid and gives the new one. */
  rotateAdminToken(): string {
    return this.#tokens.rotateAdminToken();
  }

  get adminToken(): string {
    return this.#tokens.adminToken;
  }

  /** Forgets all changes so far: watches and continued lists from before get 410. */
  compact(): void {
    this.#context.store.compact();
  }

  /** All objects as they are now, for {@link restore}; costs nothing until something changes. */
  snapshot(): ClusterSnapshot {
    return new ClusterSnapshot(this.#context.store.save(), this.#initial);
  }

  /** Puts all objects back as a snapshot of this server, or of another one, holds them. Open watches end with 410. */
  restore(snapshot: ClusterSnapshot): void {
    this.#restore(snapshot.state, "onward");
  }

  /**
   * Stops and comes back: every connection and watch is lost on the way, requests in process are refused.
   *
   * @param options.data `kept`, or `lost`: the objects are those that the server was made with, and versions begin again.
   * Default: `kept`.
   * @param options.downMs How long it is gone, by the server's clock. Default: no longer than it takes.
   */
  async restart(
    options: {
      readonly data?: "kept" | "lost" | undefined;
      readonly downMs?: number | undefined;
    } = {},
  ): Promise<void> {
    const { data = "kept", downMs = 0 } = options;
    const outage = this.faults.goDown();
    try {
      const doors = [...this.#doors].filter(({ isListening }) => isListening);
      await Promise.all(doors.map((door) => door.stop()));
      if (data === "lost") this.#restore(this.#initial, "saved");
      if (downMs > 0) await sleep(this.#context.clock, downMs);
      await Promise.all(doors.map((door) => door.start()));
    } finally {
      outage.undo();
    }
  }

  #newFaultEngine(): FaultEngine {
    const { clock, random } = this.#context;
    return new FaultEngine({
      name: this.name,
      clock,
      random,
      hub: this.#hub,
      hasHttpsDoor: () => this.#doors.size > 0,
      intercept: (interceptor) => this.intercept(interceptor),
      snapshot: () => this.snapshot(),
      issueCertificate: ({ authority = "same", hosts = [...this.#hosts], notAfterMs }) => {
        const other = { clock, random, commonName: "kvop-testing-other-ca" };
        const issuer = authority === "same" ? this.#authority : undefined;
        return (issuer ?? createCertificateAuthority(other)).issueServer({
          hosts,
          notAfter: notAfterMs,
        });
      },
    });
  }

  #restore(state: StoreState, version: "onward" | "saved"): void {
    const { registry, store } = this.#context;
    store.restore(state, { version });
    const definitions = store.list("apiextensions.k8s.io/customresourcedefinitions").objects;
    const served = new Set(registry.all().map(({ definition }) => definition ?? ""));
    served.delete("");
    for (const definition of definitions) {
      registry.setDefinition(definition);
      served.delete((definition["metadata"] as { name: string }).name);
    }
    for (const name of served) registry.removeDefinition(name);
  }

  /**
   * Puts an object into the store as it is, status and all, as a restore would: no admission, no validation. Its namespace is
   * made when it is missing; a CustomResourceDefinition is established and served at once.
   *
   * @throws ApiError NotFound when its kind is not served.
   */
  load(object: JsonObject): void {
    if (object["kind"] === "CustomResourceDefinition") seedDefinition(object, this.#context);
    else loadObject(object, this.#context);
  }

  /** Opens the HTTPS door: HTTP/1.1 and HTTP/2, with a certificate of the server's own authority. */
  async listen(options: ListenOptions = {}): Promise<ListeningApiServer> {
    const host = options.host ?? "127.0.0.1";
    const authority = this.#certificates();
    const { certPem, keyPem } = authority.issueServer({
      hosts: [...this.#hosts.add(host)],
    });
    const authentication = (): AuthenticationConfig => ({
      userOfToken: (token) => this.#tokens.userOf(token),
      anonymous: this.#context.authorization === "RBAC",
    });
    const open = async (port: number): Promise<HttpsDoor> => {
      const opened = await openHttpsDoor({
        host,
        port,
        certPem,
        keyPem,
        caPem: authority.caPem,
        random: this.#context.random,
        authentication,
        mayImpersonate: (user, requirements) => mayImpersonate(user, requirements, this.#context),
        refuseImpersonation: (user, request) => impersonationRefusal(user, request, this.#context),
        handle: (request) => this.handle(request),
        onSent: (request, bytes) => this.#log.sent(request, bytes),
        onEnd: (request) => this.#log.ended(request),
        onConnection: (connection) => this.#hub.opened(connection),
      });
      this.#hub.add(opened, { certPem, keyPem });
      return opened;
    };
    const listening = await listenOn(this, {
      host,
      port: options.port ?? 0,
      caPem: authority.caPem,
      open,
      onClose: (door) => {
        this.#hub.remove(door);
        this.#context.dynamic.closeIdle();
      },
      onDispose: (door) => this.#doors.delete(door),
    });
    this.#doors.add(listening);
    return listening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.faults.undoAll();
    this.#context.timers.cancelAll();
    for (const { taps } of this.faults.engines) for (const tap of taps) tap.end();
    await Promise.all([...this.#doors].map((door) => door[Symbol.asyncDispose]()));
    this.#context.dynamic.close();
    this.#log.close();
  }

  #certificates(): CertificateAuthority {
    const { clock, random } = this.#context;
    return (this.#authority ??= createCertificateAuthority({ clock, random }));
  }

  /** Where the server listens; before that, where servers are wont to. */
  #address(): { readonly host: string; readonly port: number } {
    const [door] = this.#doors;
    return door === undefined
      ? { host: "127.0.0.1", port: 6443 }
      : { host: new URL(door.url).hostname, port: door.port };
  }
}
