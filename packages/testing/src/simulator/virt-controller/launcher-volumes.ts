import type { SimulatedInstanceSpec, SimulatedVolume } from "../simulated-kinds.js";
import { claimNameOf } from "./volume-claims.js";

type PodVolume = { name: string } & Record<string, unknown>;

interface CloudInit {
  readonly secretRef?: { readonly name: string };
  readonly networkDataSecretRef?: { readonly name: string };
  readonly metaDataSecretRef?: { readonly name: string };
}

const FIXED = [
  "private",
  "public",
  "sockets",
  "virt-bin-share-dir",
  "libvirt-runtime",
  "ephemeral-disks",
];

/** The volumes of the launcher Pod of an instance, in virt-controller's order. */
export function launcherVolumes(spec: SimulatedInstanceSpec): PodVolume[] {
  const volumes = spec.volumes ?? [];
  const disks = volumes.filter(({ containerDisk }) => containerDisk !== undefined);
  return [
    ...FIXED.map(empty),
    ...volumes.flatMap(configVolumes),
    ...volumes.flatMap(diskVolumes),
    ...credentialVolumes(spec.accessCredentials ?? []),
    ...disks.map(({ name }) => empty(name)),
    ...(disks.length === 0 ? [] : [empty("launcher-volume")]),
    ...(spec.domain.memory?.hugepages === undefined
      ? []
      : [{ name: "hugepages", emptyDir: { medium: "HugePages" } }, empty("hugetblfs-dir")]),
    ...(spec.domain.devices.disableHotplug === true ? [] : [empty("hotplug-disks")]),
  ];
}

function empty(name: string): PodVolume {
  return { name, emptyDir: {} };
}

function configVolumes(volume: SimulatedVolume): PodVolume[] {
  const { name, secret, configMap, downwardAPI } = volume as SimulatedVolume & {
    secret?: { secretName?: string; optional?: boolean };
    configMap?: { name?: string; optional?: boolean };
    downwardAPI?: { fields?: object[] };
  };
  const { secretName, optional } = secret ?? {};
  return [
    ...(secret === undefined ? [] : [{ name, secret: { secretName, optional } }]),
    ...(configMap === undefined
      ? []
      : [{ name, configMap: { name: configMap.name, optional: configMap.optional } }]),
    ...(downwardAPI === undefined ? [] : [{ name, downwardAPI: { items: downwardAPI.fields } }]),
  ];
}

/** What of the Pod's volumes stands for a disk of the instance. */
function diskVolumes(volume: SimulatedVolume): PodVolume[] {
  const { name, ephemeral, hostDisk, sysprep, downwardMetrics } = volume as SimulatedVolume & {
    ephemeral?: { persistentVolumeClaim?: object };
    hostDisk?: { path?: string };
    sysprep?: { secret?: { name: string }; configMap?: { name: string } };
  };
  const claimName = claimNameOf(volume);
  if (claimName !== undefined) return [{ name, persistentVolumeClaim: { claimName } }];
  if (ephemeral !== undefined)
    return [{ name, persistentVolumeClaim: ephemeral.persistentVolumeClaim }];
  if (hostDisk !== undefined) {
    const path = (hostDisk.path ?? "").replace(/\/[^/]*$/, "") || "/";
    return [{ name, hostPath: { path } }];
  }
  if (downwardMetrics !== undefined)
    return [{ name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }];
  if (sysprep?.secret !== undefined) return [secretVolume(name, sysprep.secret.name)];
  if (sysprep?.configMap !== undefined)
    return [{ name, configMap: { name: sysprep.configMap.name } }];
  const cloudInit = (volume["cloudInitNoCloud"] ?? volume["cloudInitConfigDrive"]) as
    | CloudInit
    | undefined;
  return [
    ["udata", cloudInit?.secretRef] as const,
    ["ndata", cloudInit?.networkDataSecretRef] as const,
    ["mdata", cloudInit?.metaDataSecretRef] as const,
  ].flatMap(([part, secret]) =>
    secret === undefined ? [] : [secretVolume(`${name}-${part}`, secret.name)],
  );
}

function secretVolume(name: string, secretName: string): PodVolume {
  return { name, secret: { secretName } };
}

function credentialVolumes(credentials: readonly object[]): PodVolume[] {
  return credentials.flatMap((credential) =>
    Object.values(
      credential as Record<string, { source?: { secret?: { secretName: string } } }>,
    ).flatMap(({ source }) => {
      const secretName = source?.secret?.secretName;
      return secretName === undefined
        ? []
        : [secretVolume(`${secretName}-access-cred`, secretName)];
    }),
  );
}
