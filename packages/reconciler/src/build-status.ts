import type {
  MachineStatus,
  NetworkConfiguration,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";

/** What a cluster shows of a Machine. */
export interface Observation {
  readonly virtualMachine: VirtualMachine | undefined;
  readonly instance: VirtualMachineInstance | undefined;
  /** Given where public addresses come from it. */
  readonly networkConfiguration?: NetworkConfiguration | undefined;
}

/** The parts of the status that say how the virtual machine is. */
export type ObservedStatus = Pick<
  MachineStatus,
  | "phase"
  | "state"
  | "provider"
  | "networkInterfaces"
  | "publicIPAddresses"
  | "privateIPAddresses"
  | "ipAddresses"
  | "ipv6Addresses"
  | "disks"
>;

const FAILED_STATES: ReadonlySet<string> = new Set([
  "CrashLoopBackOff",
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrorPvcNotFound",
  "DataVolumeError",
]);
/** States that are phases by the CRD's own list. */
const PHASE_STATES: ReadonlySet<string> = new Set([
  "Running",
  "Stopped",
  "Stopping",
  "Terminating",
]);

/** The Machine's status as its VirtualMachine and instance show it. */
export function buildStatus(observation: Observation): ObservedStatus {
  const instance = observation.instance?.status;
  const networkInterfaces = (instance?.interfaces ?? []).map((entry) => {
    const addresses = addressesOf(entry);
    return compact({
      name: entry.name,
      macAddress: entry.mac,
      state: entry.linkState,
      type: entry.infoSource?.split(",")[0],
      ipAddresses: addresses,
      ipv6Addresses: addresses.filter(isIpv6),
    });
  });
  return {
    ...buildPhase(observation),
    provider: "kubevirt",
    networkInterfaces,
    ...buildAddresses(observation),
    disks: buildDisks(observation.instance),
  };
}

/** Phase and state: Running as soon as the instance runs, else what KubeVirt prints for the VirtualMachine. */
export function buildPhase({ virtualMachine, instance }: Observation): {
  readonly phase: string;
  readonly state: string | undefined;
} {
  const isGoing = virtualMachine?.metadata?.deletionTimestamp !== undefined;
  if (instance?.status?.phase === "Running" && !isGoing)
    return { phase: "Running", state: "Running" };
  const state = virtualMachine?.status?.printableStatus;
  if (state === undefined || state === "") return { phase: "Creating", state: undefined };
  if (PHASE_STATES.has(state)) return { phase: state, state };
  return { phase: FAILED_STATES.has(state) ? "Failed" : "Pending", state };
}

function buildAddresses({
  instance,
  networkConfiguration,
}: Observation): Pick<
  MachineStatus,
  "publicIPAddresses" | "privateIPAddresses" | "ipAddresses" | "ipv6Addresses"
> {
  const interfaces = instance?.status?.interfaces ?? [];
  const isNamed = ({ name = "" }: { readonly name?: string | undefined }): boolean => name !== "";
  const seen = interfaces.filter(isNamed).flatMap(addressesOf);
  const publicIPAddresses =
    networkConfiguration === undefined
      ? seen
      : (networkConfiguration.status?.networkInterfaces ?? []).flatMap(
          ({ ipv4Addresses = [], ipv6Addresses = [] }) => [...ipv4Addresses, ...ipv6Addresses],
        );
  const privateIPAddresses = interfaces.filter((entry) => !isNamed(entry)).flatMap(addressesOf);
  const all = [...publicIPAddresses, ...privateIPAddresses];
  return {
    publicIPAddresses,
    privateIPAddresses,
    ipAddresses: all.filter((address) => !isIpv6(address)),
    ipv6Addresses: all.filter(isIpv6),
  };
}

/** In the order of the VirtualMachine's volumes: KubeVirt sorts their states by name. */
function buildDisks(instance: VirtualMachineInstance | undefined): MachineStatus["disks"] {
  const names = (instance?.spec.volumes ?? []).map(({ name }) => name);
  const placeOf = ({ name = "" }: { readonly name?: string | undefined }): number =>
    names.indexOf(name);
  const states = (instance?.status?.volumeStatus ?? []).toSorted((a, b) => placeOf(a) - placeOf(b));
  return states.flatMap((volume) => {
    const claim = volume.persistentVolumeClaimInfo;
    if (claim === undefined) return [];
    const target = volume.target ?? "";
    return [
      compact({
        name: volume.name,
        device: target === "" ? undefined : `/dev/${target}`,
        pvcName: claim.claimName,
        size: parseBytes(claim.capacity?.["storage"] ?? claim.requests?.["storage"]),
        volumeMode: claim.volumeMode,
        accessModes: claim.accessModes,
      }),
    ];
  });
}

function addressesOf(entry: {
  readonly ipAddress?: string | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
}): string[] {
  if (entry.ipAddresses !== undefined && entry.ipAddresses.length > 0)
    return [...entry.ipAddresses];
  return entry.ipAddress === undefined || entry.ipAddress === "" ? [] : [entry.ipAddress];
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Bytes of a Kubernetes quantity; undefined when it is not one of whole or decimal bytes. */
export function parseBytes(quantity: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kMGTP]|[KMGTP]i)?$/.exec(quantity ?? "");
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1));
}

/** Without the fields that say nothing: the API server would otherwise keep empty lists and differ for ever. */
function compact<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(
    ([, value]) =>
      value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as T;
}
