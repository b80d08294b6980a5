import { MachineBlockedError } from "./machine-blocked-error.js";

/** The name goes into a label of everything that is made for a Machine, and a label's value has no more characters. */
const LONGEST_NAME = 63;

/** @throws MachineBlockedError when what belongs to a Machine of this name could not be told by a label. */
export function checkMachineName(name: string): void {
  if (name.length <= LONGEST_NAME) return;
  throw new MachineBlockedError({
    condition: "VirtualMachineReady",
    reason: "NameTooLong",
    message: `The Machine's name has ${name.length} characters; at most ${LONGEST_NAME} fit into the label that tells its objects on a cluster. Create the Machine under a shorter name.`,
  });
}
