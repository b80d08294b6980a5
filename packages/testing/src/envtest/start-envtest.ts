import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sleep, systemClock, systemRandom, type Clock, type Random } from "@kvop/core";

import {
  createCertificateAuthority,
  type CertificateAuthority,
} from "../authentication/certificate-authority.js";
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
} from "./control-plane-arguments.js";
import { findEnvtestBinary, resolveEnvtestBinary } from "./envtest-binaries.js";
import { sendEnvtestRequest } from "./envtest-request.js";
import type { EnvtestServer } from "./envtest-server.js";
import { EnvtestStartFailedError } from "./envtest-start-failed-error.js";
import { connectExistingCluster } from "./existing-cluster.js";
import { findFreePort } from "./free-port.js";
import { installCrds } from "./install-crds.js";
import { startManagedProcess, type ManagedProcess } from "./managed-process.js";
import { parseGoDuration } from "./parse-go-duration.js";
import { writeKubeconfig } from "./write-kubeconfig.js";

/** controller-runtime's own default. */
const DEFAULT_TIMEOUT_MS = 20_000;
/** A port may be taken by another process between the search and the start. */
const START_ATTEMPTS = 5;
const READINESS_INTERVAL_MS = 50;

export interface EnvtestOptions {
  /** Default: the machine's. The processes themselves always run on the machine's time. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** The folder of the binaries. Default: by `TEST_ASSET_*`, `KUBEBUILDER_ASSETS`, `/usr/local/kubebuilder/bin`. */
  readonly assetsDirectory?: string | undefined;
  /** CustomResourceDefinitions to create; the handle is given back when all are established. */
  readonly crds?: readonly object[] | undefined;
  /** Milliseconds. Default: `KUBEBUILDER_CONTROLPLANE_START_TIMEOUT`, else 20,000. */
  readonly startTimeoutMs?: number | undefined;
  /** Milliseconds until a process is killed. Default: `KUBEBUILDER_CONTROLPLANE_STOP_TIMEOUT`, else 20,000. */
  readonly stopTimeoutMs?: number | undefined;
  /** Ends a start that is under way; a started control plane is ended by its handle. */
  readonly signal?: AbortSignal | undefined;
  /** Also runs kube-controller-manager with namespace deletion and garbage collection. Default: false. */
  readonly withControllerManager?: boolean | undefined;
  /** A file that gets one line of JSON for every request (`audit.k8s.io/v1`, level Metadata). */
  readonly auditLogPath?: string | undefined;
  /** Further arguments of kube-apiserver. */
  readonly apiServerArguments?: readonly string[] | undefined;
}

/**
 * Starts a real kube-apiserver with etcd by the conventions of controller-runtime's envtest, RBAC on and the ServiceAccount
 * admission plugin off. With `USE_EXISTING_CLUSTER=true` it starts nothing and gives the current context of `KUBECONFIG`.
 *
 * @throws EnvtestBinaryMissingError when there are no binaries; it says what to set.
 * @throws EnvtestStartFailedError when the control plane is not ready in time.
 */
export async function startEnvtest(options: EnvtestOptions = {}): Promise<EnvtestServer> {
  const clock = options.clock ?? systemClock;
  const environment = process.env;
  const startTimeoutMs =
    options.startTimeoutMs ??
    parseGoDuration(environment["KUBEBUILDER_CONTROLPLANE_START_TIMEOUT"] ?? "") ??
    DEFAULT_TIMEOUT_MS;
  const deadline = clock.monotonic() + startTimeoutMs;
  if (environment["USE_EXISTING_CLUSTER"]?.toLowerCase() === "true") {
    return connectExistingCluster(environment, findEnvtestBinary("kubectl", options));
  }
  for (let attempt = 1; ; attempt++) {
    const controlPlane = new ControlPlane(options, clock);
    try {
      await controlPlane.start(deadline);
      return controlPlane.handle();
    } catch (error) {
      await controlPlane.stop();
      const mayRetry =
        error instanceof EnvtestStartFailedError &&
        attempt < START_ATTEMPTS &&
        error.lastLogLines.some((line) => line.includes("address already in use"));
      if (!mayRetry || clock.monotonic() >= deadline) throw error;
    }
  }
}

class ControlPlane {
  private readonly processes: ManagedProcess[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), "envtest-"));
  private readonly authority: CertificateAuthority;
  private readonly token: string;
  private readonly stopTimeoutMs: number;
  private url = "";
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly options: EnvtestOptions,
    private readonly clock: Clock,
  ) {
    const random = options.random ?? systemRandom;
    this.authority = createCertificateAuthority({ clock, random, commonName: "envtest-ca" });
    this.token = Buffer.from(random.bytes(24)).toString("base64url");
    this.stopTimeoutMs =
      options.stopTimeoutMs ??
      parseGoDuration(process.env["KUBEBUILDER_CONTROLPLANE_STOP_TIMEOUT"] ?? "") ??
      DEFAULT_TIMEOUT_MS;
  }

  async start(deadline: number): Promise<void> {
    const etcdPath = resolveEnvtestBinary("etcd", this.options);
    const apiServerPath = resolveEnvtestBinary("kube-apiserver", this.options);
    const controllerManagerPath =
      this.options.withControllerManager === true
        ? resolveEnvtestBinary("kube-controller-manager", this.options)
        : undefined;
    this.options.signal?.throwIfAborted();
    this.writeFiles();
    const etcdPort = await findFreePort();
    const peerPort = await findFreePort();
    const port = await findFreePort();
    this.url = `https://127.0.0.1:${port}`;
    this.run("etcd", etcdPath, etcdArguments(this.folder, etcdPort, peerPort));
    const { auditLogPath, apiServerArguments: further } = this.options;
    this.run("kube-apiserver", apiServerPath, [
      ...apiServerArguments(this.folder, etcdPort, port, auditLogPath),
      ...(further ?? []),
    ]);
    await this.waitUntilReady(deadline);
    if (controllerManagerPath !== undefined) {
      const kubeconfigPath = join(this.folder, "controller-manager.kubeconfig");
      writeFileSync(kubeconfigPath, this.kubeconfig(), { mode: 0o600 });
      this.run(
        "kube-controller-manager",
        controllerManagerPath,
        controllerManagerArguments(kubeconfigPath),
      );
    }
    await installCrds(this.options.crds ?? [], {
      clock: this.clock,
      signal: this.options.signal,
      deadline,
      send: (request) => this.send(request, deadline),
    });
  }

  handle(): EnvtestServer {
    return {
      url: this.url,
      caData: this.authority.caPem,
      kubeconfig: this.kubeconfig(),
      adminToken: this.token,
      kubectlPath: findEnvtestBinary("kubectl", this.options),
      issueClientCertificate: (user, groups) => this.authority.issueClient({ user, groups }),
      stop: () => this.stop(),
      [Symbol.asyncDispose]: () => this.stop(),
    };
  }

  stop(): Promise<void> {
    this.stopping ??= (async () => {
      // The API server first: without its etcd it waits before it ends.
      for (const managed of this.processes.toReversed()) {
        await managed.stop(this.stopTimeoutMs);
      }
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    })();
    return this.stopping;
  }

  private run(name: string, path: string, commandLine: readonly string[]): void {
    this.processes.push(
      startManagedProcess(name, path, commandLine, { clock: this.clock, secrets: [this.token] }),
    );
  }

  private writeFiles(): void {
    const write = (name: string, text: string): void =>
      writeFileSync(join(this.folder, name), text, { mode: 0o600 });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const serving = this.authority.issueServer({
      hosts: [
        "127.0.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
      ],
    });
    mkdirSync(join(this.folder, "certs"));
    write("service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    write("serving.crt", serving.certPem);
    write("serving.key", serving.keyPem);
    write("ca.crt", this.authority.caPem);
    write("tokens.csv", `${this.token},admin,admin,"system:masters"\n`);
    const policy = {
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      rules: [{ level: "Metadata" }],
    };
    write("audit-policy.json", JSON.stringify(policy));
  }

  private kubeconfig(): string {
    return writeKubeconfig({ server: this.url, caPem: this.authority.caPem, token: this.token });
  }

  private send(
    request: { readonly path: string; readonly method?: string; readonly body?: unknown },
    deadline: number,
  ) {
    return sendEnvtestRequest({
      ...request,
      url: this.url,
      caPem: this.authority.caPem,
      token: this.token,
      timeoutMs: Math.max(1, deadline - this.clock.monotonic()),
    });
  }

  private async waitUntilReady(deadline: number): Promise<void> {
    for (;;) {
      const ended = this.processes.find(({ exit }) => exit !== undefined);
      if (ended?.exit !== undefined) {
        throw this.failure(`${ended.name} ended with ${ended.exit.reason}`);
      }
      const answer = await this.send({ path: "/readyz" }, deadline).catch(() => undefined);
      if (answer?.status === 200) return;
      if (this.clock.monotonic() >= deadline) throw this.failure("it was not ready in time");
      await sleep(this.clock, READINESS_INTERVAL_MS, { signal: this.options.signal });
    }
  }

  private failure(reason: string): EnvtestStartFailedError {
    const lines = this.processes.flatMap((managed) => managed.lastLogLines().slice(-15));
    return new EnvtestStartFailedError(reason, lines);
  }
}
