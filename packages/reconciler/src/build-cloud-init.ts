import { Buffer } from "node:buffer";
import type { Secret } from "@kvop/core";
import type { ExtraDisk } from "./build-virtual-machine.js";
import { buildAnnotations, buildLabels } from "./object-labels.js";
import type { CloudInit } from "./resolve-cloud-init.js";
import type { StoredMachine } from "./served-machine.js";

/** KubeVirt refuses longer data in the VirtualMachine itself. */
const LONGEST_INLINE_BYTES = 2048;
const DISK_NAME = "cloudinitdisk";

/** Name of the Secret on the cluster that holds a Machine's cloud-init data. */
export function cloudInitSecretName(machine: StoredMachine): string {
  return `${machine.metadata.name}-cloudinit`;
}

/** Whether the data has to go into a Secret: it came from one, or is too long for the VirtualMachine. */
export function needsSecret({ isSecret, userData, networkData = "" }: CloudInit): boolean {
  return (
    isSecret ||
    [userData, networkData].some((text) => Buffer.byteLength(text) > LONGEST_INLINE_BYTES)
  );
}

/** The Secret on the cluster, in the Machine's namespace. */
export function buildCloudInitSecret(
  machine: StoredMachine,
  cloudInit: CloudInit,
  managedBy: string,
): Secret {
  const { userData, networkData } = cloudInit;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: cloudInitSecretName(machine),
      namespace: machine.metadata.namespace,
      labels: buildLabels(machine, managedBy),
      annotations: buildAnnotations(machine),
    },
    data: {
      userdata: encode(userData),
      ...(networkData === undefined ? {} : { networkdata: encode(networkData) }),
    },
  };
}

/** The disk that carries the data into the guest. */
export function buildCloudInitDisk(machine: StoredMachine, cloudInit: CloudInit): ExtraDisk {
  const { userData, networkData } = cloudInit;
  const reference = { name: cloudInitSecretName(machine) };
  const source = needsSecret(cloudInit)
    ? {
        secretRef: reference,
        ...(networkData === undefined ? {} : { networkDataSecretRef: reference }),
      }
    : { userData, ...(networkData === undefined ? {} : { networkData }) };
  const volume =
    cloudInit.type === "configDrive"
      ? { name: DISK_NAME, cloudInitConfigDrive: source }
      : { name: DISK_NAME, cloudInitNoCloud: source };
  return { disk: { name: DISK_NAME, disk: { bus: "virtio" } }, volume };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}
