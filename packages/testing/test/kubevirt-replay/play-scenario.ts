import {
  type ClusterClient,
  Event,
  Namespace,
  type Random,
  type Resource,
  seededRandom,
  StorageClass,
} from "@kvop/core";
import { defaultBuiltIn } from "../../src/admission/default-built-in.js";
import { createApiServer } from "../../src/api-server.js";
import { VirtualClock } from "../../src/clock/virtual-clock.js";
import { kubevirtCustomResourceDefinitions } from "../../src/crds/custom-resource-definitions.js";
import { storageClass } from "../../src/fixtures/kubevirt-fixtures.js";
import { startKubevirtSimulator } from "../../src/kubevirt.js";
import { callAndCompare, KINDS } from "./call-step.js";
import { collectGarbage } from "./collect-garbage.js";
import type { SeenChange } from "./object-history.js";
import { playAgent } from "./play-agent.js";
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
  const server = createApiServer({
    clock,
    random,
    crds: kubevirtCustomResourceDefinitions(),
    controllers: { garbageCollection: false },
  });
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
  const stopCollecting = collectGarbage(client, server.transport(), clock);
  const settle = clock.advance(0);
  await simulator.waitForSync();
  await settle;
  const beganMs = clock.monotonic();
  const agent = playAgent(simulator, NAMESPACE);
  const transport = server.transport();
  const answers: string[] = [];
  for (const [index, step] of recording.timeline.entries()) {
    if (!isStep(step)) continue;
    const dueMs = timeOf(step, index, recording) * 1000 - (clock.monotonic() - beganMs);
    if (dueMs > 0) await clock.advance(dueMs);
    if (step.do.startsWith("agent: ")) agent(step.do.slice("agent: ".length));
    else answers.push(...(await callAndCompare(withOwnNames(step, changes), NAMESPACE, transport)));
  }
  await clock.advance(10_000);
  const events = await client.list(Event, { namespace: NAMESPACE });
  await simulator[Symbol.asyncDispose]();
  await stop();
  await stopCollecting();
  // Its Events would expire one day.
  await server[Symbol.asyncDispose]();
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
