import { readdir, readFile } from "node:fs/promises";
import { load } from "js-yaml";

const FOLDER = new URL("machines/", import.meta.url);
const CONFIG_ANNOTATION = "vitistack.io/kubevirt-config";

/** The Machines of the YAML files, `count` of them: fewer, or more after their pattern, spread over the clusters. */
export async function readMachines(count, clusterNames) {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".yaml")).sort();
  const written = await Promise.all(
    files.map(async (file) => load(await readFile(new URL(file, FOLDER), "utf8"))),
  );
  return Array.from({ length: count }, (_, index) => {
    const machine = structuredClone(written[index % written.length]);
    if (index >= written.length) machine.metadata.name += `-${Math.floor(index / written.length)}`;
    const named = machine.metadata.annotations[CONFIG_ANNOTATION];
    if (index >= written.length || !clusterNames.includes(named))
      machine.metadata.annotations[CONFIG_ANNOTATION] = clusterNames[index % clusterNames.length];
    return machine;
  });
}

/** One more Machine on a cluster. */
export function buildMachine(name, clusterName) {
  return {
    apiVersion: "vitistack.io/v1alpha1",
    kind: "Machine",
    metadata: { name, namespace: "shop", annotations: { [CONFIG_ANNOTATION]: clusterName } },
    spec: { provider: "kubevirt" },
  };
}
