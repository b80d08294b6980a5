import type { JsonObject } from "../../schema/json.js";

/** Name, and the verbs that discovery tells. */
const CALLS = [
  "expand-vm-spec",
  "virtualmachineinstances/vnc",
  "virtualmachineinstances/vnc/screenshot",
  "virtualmachineinstances/console",
  "virtualmachineinstances/portforward",
  "virtualmachineinstances/backup",
  "virtualmachineinstances/redefine-checkpoint",
  "virtualmachineinstances/pause",
  "virtualmachineinstances/unpause",
  "virtualmachineinstances/freeze",
  "virtualmachineinstances/unfreeze",
  "virtualmachineinstances/reset",
  "virtualmachineinstances/softreboot",
  "virtualmachines/start",
  "virtualmachines/stop",
  "virtualmachines/restart",
  "virtualmachines/migrate",
  "virtualmachines/expand-spec",
  "virtualmachines/objectgraph",
  "virtualmachines/evacuate/cancel",
  "virtualmachineinstances/guestosinfo",
  "virtualmachineinstances/userlist",
  "virtualmachineinstances/filesystemlist",
  "virtualmachineinstances/addvolume",
  "virtualmachineinstances/removevolume",
  "virtualmachineinstances/objectgraph",
  "virtualmachineinstances/sev/fetchcertchain",
  "virtualmachineinstances/sev/querylaunchmeasurement",
  "virtualmachineinstances/sev/setupsession",
  "virtualmachineinstances/sev/injectlaunchsecret",
  "virtualmachineinstances/evacuate/cancel",
];

/** Discovery does not tell of these. */
const UNTOLD_CALLS = [
  "virtualmachineinstances/usbredir",
  "virtualmachineinstances/vsock",
  "virtualmachines/portforward",
  "virtualmachines/addvolume",
  "virtualmachines/removevolume",
  "virtualmachines/memorydump",
  "virtualmachines/removememorydump",
];

export const KNOWN_CALLS: readonly string[] = [...CALLS, ...UNTOLD_CALLS];

/** What discovery says of `subresources.kubevirt.io`. */
export const SUBRESOURCES: readonly JsonObject[] = CALLS.map((name) => ({
  name,
  singularName: "",
  namespaced: true,
  kind: "",
  verbs: [],
}));
