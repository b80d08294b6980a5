import type { ConformanceCase } from "../../case.js";
import { post, quiet, testCase } from "../../requests.js";
import { paths } from "../../objects.js";
import { tableAt, listed, single, apis, clusterApis, named, withStatus } from "./shown.js";

const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const volume = {
  capacity: { storage: "5Gi" },
  accessModes: ["ReadWriteMany", "ReadWriteOnce", "ReadOnlyMany"],
  hostPath: { path: "/x" },
};

export const storageCases: readonly ConformanceCase[] = [
  single(
    "volumes",
    paths.volumes,
    { object: { metadata: { name: "{id}" }, spec: volume } },
    withStatus(
      {
        metadata: { name: "{id}-b" },
        spec: {
          ...volume,
          accessModes: ["ReadWriteOncePod"],
          storageClassName: "fast",
          volumeMode: "Block",
          persistentVolumeReclaimPolicy: "Delete",
          claimRef: { namespace: "x", name: "y" },
        },
      },
      { phase: "Failed", reason: "Broken" },
    ),
  ),
  listed(
    "claims",
    paths.claims,
    named("a", { spec: claim }),
    named("b", { spec: { ...claim, storageClassName: "fast", volumeMode: "Block" } }),
    withStatus(
      { metadata: { name: "c" }, spec: { ...claim, volumeName: "v" } },
      {
        phase: "Bound",
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        capacity: { storage: "2Gi" },
      },
    ),
    named(
      "d",
      { spec: { ...claim, volumeName: "v" } },
      { annotations: { "volume.beta.kubernetes.io/storage-class": "old" } },
    ),
  ),
  testCase(
    "claim that is deleted",
    quiet(
      post(paths.claims, { metadata: { name: "a" }, spec: { ...claim, storageClassName: "" } }),
    ),
    quiet({ method: "DELETE", path: `${paths.claims}/a` }),
    tableAt(paths.claims),
  ),
  single(
    "storage classes",
    paths.storageClasses,
    named("{id}", {
      provisioner: "example.com/p",
      reclaimPolicy: "Retain",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    }),
    named(
      "{id}-d",
      { provisioner: "example.com/p" },
      { annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
    ),
  ),
  single(
    "volume attributes classes",
    clusterApis("storage.k8s.io", "volumeattributesclasses"),
    named("{id}", { driverName: "example.com", parameters: { a: "b" } }),
  ),
  single(
    "volume attachments",
    clusterApis("storage.k8s.io", "volumeattachments"),
    withStatus(
      {
        metadata: { name: "{id}" },
        spec: { attacher: "example.com", nodeName: "n", source: { persistentVolumeName: "v" } },
      },
      { attached: true },
    ),
  ),
  single(
    "storage drivers",
    clusterApis("storage.k8s.io", "csidrivers"),
    named("{id}", { spec: {} }),
    named("{id}-b", {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        storageCapacity: true,
        requiresRepublish: true,
        tokenRequests: [{ audience: "a" }, { audience: "b" }],
        volumeLifecycleModes: ["Ephemeral", "Persistent"],
      },
    }),
  ),
  single(
    "storage nodes",
    clusterApis("storage.k8s.io", "csinodes"),
    named("{id}", { spec: { drivers: [{ name: "example.com", nodeID: "1" }] } }),
  ),
  listed(
    "storage capacities",
    apis("storage.k8s.io", "csistoragecapacities"),
    named("a", { storageClassName: "fast", capacity: "1Gi" }),
  ),
];
