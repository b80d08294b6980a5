import { PersistentVolumeClaim, startReflector, VirtualMachine } from "@kvop/core";

/**
 * Watches a cluster while a Machine is deleted. The versions of the events tell their order whatever connection they came
 * by: an API server counts all changes in one sequence.
 */
export async function observeDeletion(client, { namespace, name }) {
  const observed = { virtualMachine: undefined, disks: [] };
  let wake = () => undefined;
  const isOfMachine = ({ metadata }) => metadata.labels?.["vitistack.io/source-machine"] === name;
  const follow = (resource, onDeleted) =>
    startReflector({
      resource,
      namespace,
      connect: async () => client,
      onEvent: ({ type, object }) => {
        if (type !== "deleted" || !isOfMachine(object)) return;
        onDeleted(BigInt(object.metadata.resourceVersion));
        wake();
      },
    });
  const virtualMachines = follow(VirtualMachine, (version) => {
    observed.virtualMachine = version;
  });
  const disks = follow(PersistentVolumeClaim, (version) => observed.disks.push(version));
  const reflectors = [virtualMachines, disks];
  await Promise.all(reflectors.map((reflector) => reflector.waitForSync({ timeoutMs: 5_000 })));
  const diskCount = disks.list().filter(isOfMachine).length;
  const isComplete = () =>
    observed.virtualMachine !== undefined && observed.disks.length >= diskCount;
  return {
    diskCount,
    /** Resolves with the versions at which each object was gone. */
    async finish(timeoutMs) {
      if (isComplete()) return observed;
      await new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error("the VirtualMachine or a disk was not seen to go")),
          timeoutMs,
        );
        wake = () => {
          if (!isComplete()) return;
          clearTimeout(timer);
          resolve();
        };
      });
      return observed;
    },
    close: () => Promise.all(reflectors.map((reflector) => reflector[Symbol.asyncDispose]())),
  };
}
