import type { PersistentVolumeClaim } from "@kvop/core";
import {
  isSecondary,
  type SimulatedInstance,
  type SimulatedInterfaceStatus,
  type SimulatedVolumeStatus,
} from "../simulated-kinds.js";
import { podInterfaceName } from "./launcher-networks.js";
import type { InstancePass } from "./instance-pass.js";
import { claimNameOf } from "./volume-claims.js";

/** Share of a volume that CDI keeps for a file system, where no CDIConfig says otherwise. */
const FILESYSTEM_OVERHEAD = "0.055";

const PRIMARY = "eth0";

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
        ...(isPreallocated(claim) ? { preallocated: true } : {}),
        filesystemOverhead: FILESYSTEM_OVERHEAD,
      },
    };
  });
  return next.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** CDI tells by annotations that it has taken all of the room of a claim. */
function isPreallocated({ metadata }: PersistentVolumeClaim): boolean {
  return Object.entries(metadata?.annotations ?? {}).some(
    ([name, value]) =>
      value === "true" && /\/storage\.(preallocation|thick-provisioned)/.test(name),
  );
}

/**
 * The interfaces as virt-controller knows them: that on the Pod's network from the beginning, those on other networks once
 * the guest has told of them, with the names that they have in the Pod.
 */
export function podInterfaces(
  { spec }: SimulatedInstance,
  present: readonly SimulatedInterfaceStatus[] | undefined,
): SimulatedInterfaceStatus[] {
  const known = present ?? [];
  const networks = spec.networks ?? [];
  const primary = networks.find((network) => network.pod !== undefined || !isSecondary(network));
  const named = known.map((each) => {
    const network = networks.find(({ name }) => name === each.name);
    if (network === undefined) return each;
    const inPod = network === primary ? PRIMARY : podInterfaceName(network.name);
    return { ...each, podInterfaceName: inPod };
  });
  if (primary === undefined || known.some(({ name }) => name === primary.name)) return named;
  return [{ name: primary.name, podInterfaceName: PRIMARY }, ...named];
}
