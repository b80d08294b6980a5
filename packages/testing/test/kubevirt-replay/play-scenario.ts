import {
  DataVolume,
  type KubernetesObject,
  Namespace,
  PersistentVolumeClaim,
  type Random,
  type Resource,
  Secret,
  seededRandom,
  StorageClass,
  Event,
  VirtualMachine,
  VirtualMachineInstance,
  defineResource,
  type ClusterClient,
  type Transport,
} from "@kvop/core";
import { defaultBuiltIn } from "../../src/admission/default-built-in.js";
import { createApiServer } from "../../src/api-server.js";
import { VirtualClock } from "../../src/clock/virtual-clock.js";
import { kubevirtCustomResourceDefinitions } from "../../src/crds/custom-resource-definitions.js";
import { storageClass } from "../../src/fixtures/kubevirt-fixtures.js";
import { type KubevirtSimulator, startKubevirtSimulator } from "../../src/kubevirt.js";
import type { SeenChange } from "./object-history.js";
import { isStep, type RecordedChange, type RecordedStep, type Recording } from "./recording.js";

const NAMESPACE = "ns";
/** The pace of the agent of the recordings. */
const TIMING = {
  start: 0,
  bind: 200,
  import: 500,
  schedule: 250,
  pull: 0,
  launch: 250,
  boot: 280,
  pause: 250,
  shutdown: 500,
  terminate: 260,
};
const Pod = defineResource({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
});
const KINDS: Readonly<Record<string, Resource>> = {
  VirtualMachine,
  VirtualMachineInstance,
  Pod,
  PersistentVolumeClaim,
  DataVolume,
  Secret,
  StorageClass,
};
const WATCHED = [
  "VirtualMachine",
  "VirtualMachineInstance",
  "Pod",
  "PersistentVolumeClaim",
  "DataVolume",
];

/** The longest that a call took. */
const CALL_SECONDS = 0.15;

/** What became of a scenario. */
export interface Played {
  readonly changes: readonly SeenChange[];
  /** Answers that differ from the recorded ones, in words. */
  readonly answers: readonly string[];
  /** Kubernetes Events by the end. */
  readonly events: readonly { kind: string; type: string; reason: string; message: string }[];
  /** What is left running on the clock once the simulator is gone. */
  readonly pendingTimers: number;
}

/** Plays the steps of a recording against the simulator on the embedded server, in virtual time. */
export async function playScenario(recording: Recording): Promise<Played> {
  const clock = new VirtualClock();
  const random: Random = { ...seededRandom(1), next: () => 0 };
  const server = createApiServer({ clock, random, crds: kubevirtCustomResourceDefinitions() });
  server.addAdmission(({ object, operation, group, plural, subresource }) => {
    const kind = { pods: "Pod", persistentvolumeclaims: "PersistentVolumeClaim" }[plural];
    return operation === "CREATE" && group === "" && kind !== undefined && subresource === ""
      ? defaultBuiltIn("", kind, object)
      : undefined;
  });
  const client = server.client();
  await client.create(Namespace, { metadata: { name: NAMESPACE } });
  await client.create(StorageClass, storageClass());
  const simulator = startKubevirtSimulator({
    client,
    server,
    clock,
    random,
    timing: TIMING,
    reactionMs: 10,
    launcherImage: "images.test/virt-launcher:v1",
  });
  const { changes, stop } = watchAll(client, clock);
  const settle = clock.advance(0);
  await simulator.waitForSync();
  await settle;
  const beganMs = clock.monotonic();
  const agent = playAgent(simulator);
  const transport = server.transport();
  const answers: string[] = [];
  for (const [index, step] of recording.timeline.entries()) {
    if (!isStep(step)) continue;
    const dueMs = timeOf(step, index, recording) * 1000 - (clock.monotonic() - beganMs);
    if (dueMs > 0) await clock.advance(dueMs);
    if (step.do.startsWith("agent: ")) agent(step.do.slice("agent: ".length));
    else answers.push(...(await callAndCompare(withOwnNames(step, changes), transport)));
  }
  await clock.advance(10_000);
  const events = await client.list(Event, { namespace: NAMESPACE });
  await simulator[Symbol.asyncDispose]();
  await stop();
  return {
    changes,
    answers,
    events: events.items.map(({ involvedObject, type = "", reason = "", message = "" }) => ({
      kind: involvedObject.kind ?? "",
      type,
      reason,
      message,
    })),
    pendingTimers: clock.pendingTimers,
  };
}

/** The launcher Pods of a recording are numbered by their first appearance; here they have names of their own. */
function withOwnNames(step: RecordedStep, changes: readonly SeenChange[]): RecordedStep {
  const [, before, number] = /^(.* )virt-launcher-\S+-r-(\d+)$/.exec(step.do) ?? [];
  if (before === undefined) return step;
  const names = changes
    .filter(({ kind }) => kind === "Pod")
    .map(({ object }) => (object["metadata"] as { name: string }).name);
  const name = [...new Set(names)][Number(number) - 1];
  return name === undefined ? step : { ...step, do: `${before}${name}` };
}

/** A call takes effect when its change was seen, which is later than when it was sent. */
function timeOf(step: RecordedStep, index: number, recording: Recording): number {
  const change = recording.timeline
    .slice(index + 1)
    .find((entry): entry is RecordedChange => !isStep(entry));
  if (change === undefined || !/^(client|virt-api)/.test(change.by)) return step.at;
  const isCall = !step.do.startsWith("agent: ");
  const gap = change.at - step.at;
  return isCall && gap > 0 && gap <= CALL_SECONDS ? step.at + gap : step.at;
}

function watchAll(
  client: ClusterClient,
  clock: VirtualClock,
): { readonly changes: SeenChange[]; readonly stop: () => Promise<void> } {
  const changes: SeenChange[] = [];
  const abort = new AbortController();
  const watches = WATCHED.map(async (kind) => {
    const resource = KINDS[kind] as Resource;
    try {
      for await (const event of client.watch(resource, { signal: abort.signal })) {
        if (event.type === "bookmark") continue;
        changes.push({
          event: event.type.toUpperCase() as SeenChange["event"],
          kind,
          object: event.object as unknown as Record<string, unknown>,
          at: clock.monotonic() / 1000,
        });
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  });
  return {
    changes,
    stop: async () => {
      abort.abort();
      await Promise.all(watches);
    },
  };
}

/** How the agent of the recordings is told to behave. */
function playAgent(simulator: KubevirtSimulator): (order: string) => void {
  const orders: Disposable[] = [];
  const key = (name: string) => ({ namespace: NAMESPACE, name });
  const vm = key("vm");
  const undo = (): void => {
    for (const order of orders.splice(0)) order[Symbol.dispose]();
  };
  return (order) => {
    const [, pullName, reason] = /^images of (\S+) cannot be pulled: (\S+)$/.exec(order) ?? [];
    const [, launchName] = /^virt-launcher pods of (\S+) fail$/.exec(order) ?? [];
    const [, scheduleName] = /^(\S+) cannot be scheduled$/.exec(order) ?? [];
    const [, importName] = /^the import of (\S+) errs(?: once)?$/.exec(order) ?? [];
    const [, claimName] = /^(\S+) (?:is not|cannot be) bound$/.exec(order) ?? [];
    const [, hangName] = /^guest of (\S+) ignores a shutdown$/.exec(order) ?? [];
    if (pullName !== undefined && reason !== undefined) {
      undo();
      orders.push(simulator.fail(key(pullName), "pull", { reason }));
    } else if (launchName !== undefined) orders.push(simulator.fail(key(launchName), "launch"));
    else if (scheduleName !== undefined) orders.push(simulator.fail(key(scheduleName), "schedule"));
    else if (importName !== undefined)
      orders.push(
        simulator.fail(key(importName), "import", order.endsWith(" once") ? { times: 1 } : {}),
      );
    else if (claimName !== undefined) orders.push(simulator.hold(key(claimName), "bind"));
    else if (hangName !== undefined) orders.push(simulator.hold(key(hangName), "shutdown"));
    else if (order === "guest shutdown") simulator.guest(vm).shutDown();
    else if (order === "guest crash") simulator.guest(vm).crash();
    else if (order === "guest killed") simulator.guest(vm).kill();
    else if (/ as usual$| can be (?:pulled|scheduled|bound)$/.test(order)) undo();
    else if (order !== "kubelet looks again") throw new Error(`unknown order: ${order}`);
  };
}

async function callAndCompare(step: RecordedStep, transport: Transport): Promise<string[]> {
  const expected = step.response;
  const answer = await call(step, transport);
  const differences: string[] = [];
  if (expected === undefined) return differences;
  if (answer.status !== expected.code)
    differences.push(`${step.do}: recorded ${expected.code}, seen ${answer.status}`);
  const isRefused = expected.code >= 400;
  if (isRefused && JSON.stringify(sorted(answer.body)) !== JSON.stringify(sorted(expected.body)))
    differences.push(
      `${step.do}: recorded ${JSON.stringify(expected.body)}, seen ${JSON.stringify(answer.body)}`,
    );
  const warnings = (expected.warnings ?? [])
    .map((text) => `299 - ${JSON.stringify(text)}`)
    .join(", ");
  if ((answer.warning ?? "") !== warnings)
    differences.push(`${step.do}: recorded warning ${warnings}, seen ${answer.warning ?? ""}`);
  return differences;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly warning: string | undefined;
}

async function call(step: RecordedStep, transport: Transport): Promise<Answer> {
  const [verb = "", kind = "", name = ""] = step.do.split(" ");
  const resource = KINDS[kind];
  const base =
    resource === undefined
      ? ""
      : `/${resource.group === "" ? "api" : `apis/${resource.group}`}/${resource.version}${resource.namespaced ? `/namespaces/${NAMESPACE}` : ""}/${resource.plural}`;
  switch (verb) {
    case "create":
      return send(transport, "POST", base, step.manifest as KubernetesObject);
    case "patch":
      return send(transport, "PATCH", `${base}/${name}`, step.patch, {
        contentType: step.patchType,
      });
    case "replace":
    case "update":
      return send(transport, "PUT", `${base}/${name}`, step.manifest as KubernetesObject);
    case "delete":
      return send(transport, "DELETE", `${base}/${name}`, step.options);
    case "PUT":
      return send(
        transport,
        "PUT",
        `/apis/subresources.kubevirt.io/v1/namespaces/${NAMESPACE}/${kind}`,
        step.body,
        { accept: step.accept ?? "application/json, */*" },
      );
    default:
      throw new Error(`unknown step: ${step.do}`);
  }
}

async function send(
  transport: Transport,
  method: "POST" | "PATCH" | "DELETE" | "PUT",
  path: string,
  body: object | undefined,
  options: { readonly contentType?: string | undefined; readonly accept?: string } = {},
): Promise<Answer> {
  const {
    status,
    body: answered,
    headers,
  } = await transport.request({
    method,
    path,
    verb: "update",
    resource: "",
    timeoutMs: 0,
    ...(body === undefined ? {} : { body }),
    ...options,
  });
  return { status, body: answered, warning: headers["warning"] };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
