import { PersistentVolumeClaim, startReflector, VirtualMachine } from "@kvop/core";

/**
 * Watches a cluster while a Machine is deleted. The versions of the events tell their order whatever connection they came
 * by: an API server counts all changes in one sequence.
 */
export async function observeDeletion(client, { namespace, name }) {
  const versions = { virtualMachine: undefined, disks: [] };
  const isOfMachine = ({ metadata }) => metadata.labels?.["vitistack.io/source-machine"] === name;
  const follow = (resource, onDeleted) =>
    startReflector({
      resource,
      namespace,
      connect: async () => client,
      onEvent: ({ type, object }) => {
        if (type === "deleted" && isOfMachine(object)) onDeleted(object);
      },
    });
  const versionOf = ({ metadata }) => BigInt(metadata.resourceVersion);
  const reflectors = [
    follow(VirtualMachine, (object) => {
      versions.virtualMachine = versionOf(object);
    }),
    follow(PersistentVolumeClaim, (object) => versions.disks.push(versionOf(object))),
  ];
  await Promise.all(reflectors.map((reflector) => reflector.waitForSync({ timeoutMs: 5_000 })));
  return {
    diskCount: reflectors[1].list().filter(isOfMachine).length,
    versions,
    close: () => Promise.all(reflectors.map((reflector) => reflector[Symbol.asyncDispose]())),
  };
}
