// Writes packages/testing/data/crds.json.br from CustomResourceDefinition files (YAML or JSON) given as arguments, and those of
// CDI beside this script: facts alone, without descriptions, except our own short ones for what users look up first. A file
// that is not given leaves what is there.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { loadAll } from "js-yaml";

const own = {
  "machines.vitistack.io": {
    "": "A virtual machine as its user wants it. kvop makes a KubeVirt VirtualMachine of it on one of the clusters.",
    spec: "What the user wants.",
    "spec.provider": "Which operator serves the Machine; kubevirt for kvop.",
    "spec.machineClass":
      "Name of the MachineClass that gives CPU and memory where the Machine names none.",
    "spec.cpu": "Cores, sockets and threads; over those of the class.",
    "spec.memory": "Memory in bytes; over that of the class.",
    "spec.disks": "Disks of the machine. Without any there is one of 10Gi.",
    "spec.cloudInit": "First configuration of the guest.",
    "spec.network": "Which network the machine is on.",
    "spec.os": "What the machine boots.",
    status: "What is there.",
    "status.phase":
      "Pending, Creating, Running, Stopping, Stopped, Terminating, Terminated or Failed.",
    "status.conditions": "Why the machine is as it is.",
  },
  "kubevirtconfigs.vitistack.io": {
    "": "One KubeVirt cluster that Machines can be placed on.",
    spec: "Where the cluster's kubeconfig is.",
    "spec.name": "Name of the cluster, for people.",
    "spec.kubeconfigSecretRef": "Name of the Secret with the kubeconfig under the key kubeconfig.",
    "spec.secretNamespace": "Namespace of that Secret.",
    status: "How the cluster is, as kvop sees it.",
  },
};

function strip(value, isProperties = false) {
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => isProperties || key !== "description" || typeof each !== "string")
      .map(([key, each]) => [key, strip(each, key === "properties" && !isProperties)]),
  );
}

const data = new URL("../packages/testing/data/crds.json.br", import.meta.url);
const here = (file) => loadAll(readFileSync(new URL(`crds/${file}`, import.meta.url), "utf8"));
const given = process.argv.slice(2).flatMap((file) => loadAll(readFileSync(file, "utf8")));
const stored = JSON.parse(brotliDecompressSync(readFileSync(data)).toString());
const byName = new Map(
  [...stored, ...given, ...here("cdi.yaml")]
    .filter((crd) => crd?.kind === "CustomResourceDefinition")
    .map((crd) => [crd.metadata.name, crd]),
);
const schemaOf = (crd) => crd.spec.versions[0].schema.openAPIV3Schema;
const { dataVolumeTemplates } = schemaOf(byName.get("virtualmachines.kubevirt.io")).properties.spec
  .properties;
schemaOf(byName.get("datavolumes.cdi.kubevirt.io")).properties.spec =
  dataVolumeTemplates.items.properties.spec;
const [kubevirtDescriptions] = here("descriptions.yaml");
const descriptions = { ...kubevirtDescriptions, ...own };
const result = [...byName.values()].map((crd) => {
  const { name } = crd.metadata;
  const stripped = strip({
    apiVersion: crd.apiVersion,
    kind: crd.kind,
    metadata: { name },
    spec: crd.spec,
  });
  for (const [path, description] of Object.entries(descriptions[name] ?? {})) {
    for (const version of stripped.spec.versions) {
      let node = version.schema.openAPIV3Schema;
      for (const part of path === "" ? [] : path.split("."))
        node = (node?.items ?? node)?.properties?.[part];
      if (node !== undefined) node.description = description;
    }
  }
  return stripped;
});
const compressed = brotliCompressSync(JSON.stringify(result));
writeFileSync(data, compressed);
console.log(`${result.length} CustomResourceDefinitions, ${compressed.length} bytes`);
