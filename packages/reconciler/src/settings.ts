/** How the reconciler makes virtual machines. */
export interface ReconcilerSettings {
  /** CPU model of new VirtualMachines; `undefined` picks `host-passthrough` on arm64, else `host-model`. */
  readonly cpuModel: string | undefined;
  /** Value of the label `vitistack.io/managed-by`. */
  readonly managedBy: string;
  /** `Block` or `Filesystem`. */
  readonly volumeMode: "Block" | "Filesystem";
  /** Access mode where CDI knows none for the storage class. */
  readonly accessMode: string;
  /** Storage class of new disks; `undefined` takes the cluster's default class. */
  readonly storageClassName: string | undefined;
  /** Where public addresses in the status come from. */
  readonly ipSource: "vmi" | "networkconfiguration";
  /** Second byte of new MAC addresses (0 to 255). */
  readonly macSet: number;
  /** `cniVersion` in new NetworkAttachmentDefinitions. */
  readonly cniVersion: string;
  /** Namespaces that no Machine may write into on a cluster; a trailing `*` matches any rest. */
  readonly deniedNamespaces: readonly string[];
}

/** The defaults: those of the operator that the seed describes. */
export const defaultSettings: ReconcilerSettings = Object.freeze({
  cpuModel: undefined,
  managedBy: "kubevirt-operator",
  volumeMode: "Block",
  accessMode: "ReadWriteMany",
  storageClassName: undefined,
  ipSource: "vmi",
  macSet: 0x12,
  cniVersion: "1.0.0",
  deniedNamespaces: Object.freeze(["kube-*", "kubevirt", "cdi"]),
});
