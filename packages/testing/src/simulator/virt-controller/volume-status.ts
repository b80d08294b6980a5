import type {
  SimulatedInstance,
  SimulatedInterfaceStatus,
  SimulatedVolumeStatus,
} from "../simulated-kinds.js";
import type { InstancePass } from "./instance-pass.js";
import { claimNameOf } from "./volume-claims.js";

/** Share of a volume that CDI keeps for a file system, where no CDIConfig says otherwise. */
const FILESYSTEM_OVERHEAD = "0.055";

/** `status.volumeStatus`, in the order of names, with what is known of the claims. */
export function nextVolumeStatus(pass: InstancePass): SimulatedVolumeStatus[] {
  const { instance, storage } = pass;
  const present = instance.status?.volumeStatus ?? [];
  const next = (instance.spec.volumes ?? []).map((volume): SimulatedVolumeStatus => {
    const status = present.find(({ name }) => name === volume.name) ?? {
      name: volume.name,
      target: "",
    };
    const claim = storage.claims.get(claimNameOf(volume) ?? "");
    if (claim === undefined) return status;
    const capacity = claim.status?.capacity;
    return {
      ...status,
      persistentVolumeClaimInfo: {
        claimName: claim.metadata?.name,
        accessModes: claim.spec?.accessModes,
        volumeMode: claim.spec?.volumeMode,
        ...(capacity === undefined ? {} : { capacity }),
        requests: claim.spec?.resources?.requests,
        filesystemOverhead: FILESYSTEM_OVERHEAD,
      },
    };
  });
  return next.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** The interfaces that virt-controller knows of before the guest runs: that on the Pod's network. */
export function podInterfaces(
  { spec }: SimulatedInstance,
  present: readonly SimulatedInterfaceStatus[] | undefined,
): SimulatedInterfaceStatus[] {
  const known = present ?? [];
  const added = (spec.networks ?? [])
    .filter(({ name, pod }) => pod !== undefined && !known.some((each) => each.name === name))
    .map(({ name }) => ({ name, podInterfaceName: "eth0" }));
  return [...known, ...added];
}
