import type { ObjectKey } from "@kvop/core";
import type { ApiRequest, ApiResponse } from "../../api-server/api-request.js";
import type { AggregatedApi } from "../../api-server/handle-request.js";
import type { JsonObject, JsonValue } from "../../schema/json.js";
import { cancelEvacuation, cancelMachineEvacuation } from "./evictions.js";
import {
  pauseInstance,
  readGuest,
  refuseStream,
  resetInstance,
  softRebootInstance,
  touchInstance,
  unpauseInstance,
} from "./instance-calls.js";
import {
  migrateMachine,
  readMachine,
  removeMemoryDump,
  restartMachine,
  startMachine,
  stopMachine,
} from "./machine-calls.js";
import { KNOWN_CALLS, SUBRESOURCES } from "./subresource-discovery.js";
import type { VirtApi } from "./virt-api.js";
import { notAcceptable, optionsOf, refuseCall } from "./subresource-answer.js";

/** KubeVirt's subresource API, for an API server's `addAggregated`. */
export function subresourceApis(api: VirtApi): readonly AggregatedApi[] {
  return ["v1", "v1alpha3"].map((version) => ({
    group: "subresources.kubevirt.io",
    version,
    resources: SUBRESOURCES,
    handle: (request) => handle(request, api),
  }));
}

type Call = (
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
  call: string,
) => Promise<ApiResponse>;

const touch: Call = (key, _options, api, call) => touchInstance(key, call, api);
const stream: Call = (key, _options, api, call) => refuseStream(key, call, api);
/** The feature gates of this KubeVirt are as they come: volumes are hotplugged by changes of the template alone. */
const refuseVolumeCall = (words: string): Promise<ApiResponse> =>
  Promise.reject(
    refuseCall.badRequest(`Unable to ${words} because HotplugVolumes feature gate is not enabled.`),
  );
const addVolume: Call = () => refuseVolumeCall("Add Volume");
const removeVolume: Call = () => refuseVolumeCall("Remove Volume");
const readAgent: Call = (key, _options, api, call) => readGuest(key, call, api);
const MACHINE_CALLS = new Map<string, Call>([
  ["PUT start", startMachine],
  ["PUT stop", stopMachine],
  ["PUT restart", restartMachine],
  ["PUT migrate", migrateMachine],
  ["GET expand-spec", expandMachine],
  ["PUT addvolume", addVolume],
  ["PUT removevolume", removeVolume],
  ["PUT memorydump", () => refuseVolumeCall("memory dump")],
  ["PUT removememorydump", (key, _options, api) => removeMemoryDump(key, api)],
  ["PUT evacuate/cancel", cancelMachineEvacuation],
]);
const INSTANCE_CALLS = new Map<string, Call>([
  ["PUT pause", pauseInstance],
  ["PUT unpause", unpauseInstance],
  ["PUT softreboot", (key, _options, api) => softRebootInstance(key, api)],
  ["PUT freeze", touch],
  ["PUT unfreeze", touch],
  ["PUT reset", (key, _options, api) => resetInstance(key, api)],
  ["GET console", stream],
  ["GET vnc", stream],
  ["GET vnc/screenshot", stream],
  ["PUT addvolume", addVolume],
  ["PUT removevolume", removeVolume],
  ["PUT evacuate/cancel", cancelEvacuation],
  ["GET guestosinfo", readAgent],
  ["GET userlist", readAgent],
  ["GET filesystemlist", readAgent],
]);
/** Calls of KubeVirt that belong to no object. */
const OTHER_CALLS = new Set([
  "healthz",
  "guestfs",
  "start-cluster-profiler",
  "stop-cluster-profiler",
  "dump-cluster-profiler",
]);
/** What KubeVirt says that it is. */
const VERSION = {
  gitVersion: "v1.8.0-simulated",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "gc",
  platform: "linux/amd64",
};

async function handle(request: ApiRequest, api: VirtApi): Promise<ApiResponse | undefined> {
  const [, , , namespaces, namespace = "", plural = "", name = "", ...rest] = request.path;
  const call = rest.join("/");
  if (namespaces === "version") return { type: "json", status: 200, body: VERSION };
  if (OTHER_CALLS.has(namespaces ?? "") || plural === "expand-vm-spec")
    throw refuseCall.notSimulated(`${request.method} ${request.path.slice(3).join("/")}`);
  if (namespaces !== "namespaces" || call === "") return undefined;
  const isKnown = KNOWN_CALLS.some((each) => `${plural}/${call}/`.startsWith(`${each}/`));
  if (!isKnown) return undefined;
  if (!takesAnything(request)) return notAcceptable();
  const calls = plural === "virtualmachines" ? MACHINE_CALLS : INSTANCE_CALLS;
  const run = calls.get(`${request.method} ${call}`);
  if (run === undefined) throw refuseCall.notSimulated(`${request.method} ${plural}/${call}`);
  return run({ namespace, name }, optionsOf(request), api, call);
}

/** The calls that write declare no content type; those that read answer JSON. */
function takesAnything({ accept, method }: ApiRequest): boolean {
  if (accept === "" || accept.includes("*/*")) return true;
  return method === "GET" && accept.includes("application/json");
}

async function expandMachine(
  key: ObjectKey,
  _options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const vm = await readMachine(key, api);
  return { type: "json", status: 200, body: vm as unknown as JsonValue };
}
