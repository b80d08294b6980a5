import { objectAt, objectsAt, optionalObjectAt, textAt } from "../../admission/json-access.js";
import { isJsonObject, type JsonObject } from "../../schema/json.js";
import { validateDiskAddress, validateDiskDetails } from "./validate-disk-details.js";
import { invalid, notSupported, required, type WebhookCause } from "./webhook-refusal.js";

const BUSES = ["virtio", "scsi", "sata", "usb"];
const CACHE_MODES = new Set(["none", "writethrough", "writeback", "directsync"]);
const LONGEST_TEXT = 256;
const VOLUME_SOURCES = [
  "persistentVolumeClaim",
  "sysprep",
  "cloudInitNoCloud",
  "cloudInitConfigDrive",
  "containerDisk",
  "ephemeral",
  "emptyDisk",
  "hostDisk",
  "dataVolume",
  "configMap",
  "secret",
  "downwardAPI",
  "serviceAccount",
  "downwardMetrics",
  "memoryDump",
];
/** What an instance can have one of. */
const ONLY_ONCE = [
  ["serviceAccount", "serviceAccount"],
  ["downwardMetrics", "downwardMetric"],
  ["memoryDump", "memory dump"],
] as const;
const LONGEST_CLOUD_INIT = 2048;

/** Disks against volumes, and the boot order over disks and interfaces. */
export function validateBootOrder(path: string, spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  const volumes = objectsAt(spec, "volumes");
  const causes: WebhookCause[] = [];
  const orders = new Set<number>();
  for (const [index, disk] of objectsAt(devices, "disks").entries()) {
    const diskPath = `${path}.domain.devices.disks[${index}]`;
    const name = textAt(disk, "name");
    const volume = volumes.find((each) => textAt(each, "name") === name);
    if (volume === undefined && disk["cdrom"] === undefined)
      causes.push(invalid(`${diskPath}.Name '${name}' not found.`, `${diskPath}.name`));
    const isNetworkDisk =
      volume?.["persistentVolumeClaim"] !== undefined || volume?.["dataVolume"] !== undefined;
    if (disk["lun"] !== undefined && volume !== undefined && !isNetworkDisk) {
      causes.push(
        invalid(
          `${diskPath}.lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.`,
          `${diskPath}.lun`,
        ),
      );
    }
    countOrder(disk, diskPath, orders, causes);
  }
  for (const [index, each] of objectsAt(devices, "interfaces").entries()) {
    const order = each["bootOrder"];
    if (typeof order === "number" && order < 1) {
      const at = `${path}[${index}]`;
      causes.push(invalid(`${at} must have a boot order > 0, if supplied`, `${at}.bootOrder`));
    } else countOrder(each, `${path}.domain.devices.interfaces[${index}]`, orders, causes);
  }
  return causes;
}

function countOrder(
  device: JsonObject,
  path: string,
  orders: Set<number>,
  causes: WebhookCause[],
): void {
  const order = device["bootOrder"];
  if (typeof order !== "number") return;
  if (orders.has(order)) {
    const field = `${path}.bootOrder`;
    causes.push(invalid(`Boot order for ${field} already set for a different device.`, field));
  }
  orders.add(order);
}

/** The disks of a domain by themselves. */
export function validateDisks(path: string, spec: JsonObject): WebhookCause[] {
  const disks = objectsAt(objectAt(objectAt(spec, "domain"), "devices"), "disks");
  const base = `${path}.domain.devices.disks`;
  return disks.flatMap((disk, index) => {
    const at = `${base}[${index}]`;
    const causes: WebhookCause[] = [];
    const first = disks.findIndex((each) => each["name"] === disk["name"]);
    if (first < index)
      causes.push(
        invalid(`${at} and ${base}[${first}] must not have the same Name.`, `${at}.name`),
      );
    const targets = ["disk", "lun", "cdrom"].filter((target) => disk[target] !== undefined);
    if (targets.length > 1)
      causes.push(invalid(`${at} can only have a single target type defined`, at));
    causes.push(...validateDiskAddress(base, disk, index));
    const order = disk["bootOrder"];
    if (typeof order === "number" && order < 1)
      causes.push(invalid(`${at} must have a boot order > 0, if supplied`, `${at}.bootOrder`));
    return [
      ...causes,
      ...busCauses(disk, at),
      ...threadCauses(disk, base, index),
      ...reservationCauses(disk, at),
      ...textCauses(disk, at),
      ...validateDiskDetails(base, disk, index),
    ];
  });
}

function busCauses(disk: JsonObject, at: string): WebhookCause[] {
  const target = ["disk", "lun", "cdrom"].find((each) => disk[each] !== undefined);
  if (target === undefined) return [];
  const bus = textAt(objectAt(disk, target), "bus");
  const field = `${at}.${target}.bus`;
  if (bus === "") return [];
  if (bus === "ide") return [invalid("IDE bus is not supported", field)];
  if (bus === "virtio" && target === "cdrom")
    return [invalid(`Bus type ${bus} is invalid for CD-ROM device`, field)];
  if (bus === "sata" && target === "disk" && objectAt(disk, target)["readonly"] === true)
    return [invalid(`${bus} hard-disks do not support read-only.`, field)];
  return BUSES.includes(bus)
    ? []
    : [
        invalid(
          `${at} is set with an unrecognized bus ${bus}, must be one of: [${BUSES.join(" ")}]`,
          field,
        ),
      ];
}

function threadCauses(disk: JsonObject, base: string, index: number): WebhookCause[] {
  const target = ["disk", "lun", "cdrom"].find((each) => disk[each] !== undefined) ?? "";
  const bus = textAt(objectAt(disk, target), "bus");
  if (disk["dedicatedIOThread"] !== true || ["", "virtio"].includes(bus)) return [];
  return [
    notSupported(
      `IOThreads are not supported for disks on a ${bus} bus`,
      `${base}.domain.devices.disks[${index}]`,
    ),
  ];
}

/** Of a disk that several machines share, one at a time. */
function reservationCauses(disk: JsonObject, at: string): WebhookCause[] {
  const lun = objectAt(disk, "lun");
  const bus = textAt(lun, "bus");
  return lun["reservation"] !== true || bus === "scsi"
    ? []
    : [
        invalid(
          `Persistent reservation requires a SCSI bus, but ${bus} was specified`,
          `${at}.lun.bus`,
        ),
      ];
}

function textCauses(disk: JsonObject, at: string): WebhookCause[] {
  const causes: WebhookCause[] = [];
  const serial = textAt(disk, "serial");
  if (serial !== "" && !/^[A-Za-z0-9_.+-]+$/.test(serial)) {
    causes.push(
      invalid(
        `${at} must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
        `${at}.serial`,
      ),
    );
  }
  if (serial.length > LONGEST_TEXT) {
    causes.push(
      invalid(
        `${at} must be less than or equal to ${LONGEST_TEXT} in length, if specified`,
        `${at}.serial`,
      ),
    );
  }
  const cache = textAt(disk, "cache");
  if (cache !== "" && !CACHE_MODES.has(cache))
    causes.push(invalid(`${at}.cache has invalid value ${cache}`, `${at}.cache`));
  return causes;
}

/** The volumes of an instance by themselves. */
export function validateVolumes(path: string, spec: JsonObject): WebhookCause[] {
  const volumes = objectsAt(spec, "volumes");
  const base = `${path}.volumes`;
  const causesOfEach = volumes.flatMap((volume, index) => {
    const at = `${base}[${index}]`;
    const causes: WebhookCause[] = [];
    const first = volumes.findIndex((each) => each["name"] === volume["name"]);
    if (first < index)
      causes.push(
        invalid(`${at} and ${base}[${first}] must not have the same Name.`, `${at}.name`),
      );
    const dataVolume = optionalObjectAt(volume, "dataVolume");
    if (dataVolume !== undefined && textAt(dataVolume, "name") === "") {
      causes.push(required("DataVolume 'name' must be set", `${at}.name`));
    }
    const sources = VOLUME_SOURCES.filter((source) => volume[source] !== undefined);
    if (sources.length !== 1)
      causes.push(invalid(`${at} must have exactly one source type set`, at));
    for (const source of ["cloudInitNoCloud", "cloudInitConfigDrive"]) {
      const data = volume[source];
      if (isJsonObject(data)) causes.push(...cloudInitCauses(data, `${at}.${source}`));
    }
    if (volume["downwardMetrics"] !== undefined) {
      const message =
        "downwardMetrics disks are not allowed: DownwardMetrics feature gate is not enabled.";
      causes.push(invalid(message, at));
    }
    const hostDisk = optionalObjectAt(volume, "hostDisk");
    if (hostDisk !== undefined) causes.push(...hostDiskCauses(hostDisk, at));
    return [...causes, ...namedSourceCauses(volume, at)];
  });
  const repeated = ONLY_ONCE.filter(
    ([source]) => volumes.filter((volume) => volume[source] !== undefined).length > 1,
  );
  return [
    ...causesOfEach,
    ...repeated.map(([, words]) => invalid(`${base} must have max one ${words} volume set`, base)),
  ];
}

function hostDiskCauses(disk: JsonObject, at: string): WebhookCause[] {
  const inside = `${at}.hostDisk`;
  const type = textAt(disk, "type");
  const causes = [invalid("HostDisk feature gate is not enabled", at)];
  if (textAt(disk, "path") === "") {
    causes.push({
      reason: "FieldValueNotFound",
      message: `${inside}.path is required for hostDisk volume`,
      field: `${inside}.path`,
    });
  }
  if (type !== "Disk" && type !== "DiskOrCreate") {
    const message = `${inside}.type has invalid value '${type}', allowed are 'Disk' or 'DiskOrCreate'`;
    causes.push(invalid(message, `${inside}.type`));
  }
  if (type === "Disk" && !["", "0"].includes(textAt(disk, "capacity"))) {
    const message = `${inside}.capacity is allowed to pass only with ${inside}.type equal to 'DiskOrCreate'`;
    causes.push(invalid(message, `${inside}.capacity`));
  }
  return causes;
}

/** What a volume is made of must be named. */
function namedSourceCauses(volume: JsonObject, at: string): WebhookCause[] {
  return (
    [
      ["configMap", "name"],
      ["secret", "secretName"],
      ["serviceAccount", "serviceAccountName"],
    ] as const
  ).flatMap(([source, name]) => {
    const named = optionalObjectAt(volume, source);
    if (named === undefined || textAt(named, name) !== "") return [];
    const field = `${at}.${source}.${name}`;
    return [invalid(`${field} is a required field`, field)];
  });
}

function cloudInitCauses(data: JsonObject, field: string): WebhookCause[] {
  const causes: WebhookCause[] = [];
  const counts = { user: 0, network: 0 };
  for (const [kind, prefix, secret, word] of [
    ["user", "userData", "secretRef", "userdata"],
    ["network", "networkData", "networkDataSecretRef", "networkdata"],
  ] as const) {
    const plain = textAt(data, prefix);
    const encoded = textAt(data, `${prefix}Base64`);
    const named = textAt(objectAt(data, secret), "name");
    counts[kind] = [plain, encoded, named].filter((text) => text !== "").length;
    if (encoded !== "" && !isBase64(encoded)) {
      const at = `${field}.${prefix}Base64`;
      const type = field.slice(field.lastIndexOf(".") + 1);
      causes.push(invalid(`${at}.${type}.${prefix}Base64 is not a valid base64 value.`, at));
    }
    if (counts[kind] > 1) {
      const source = kind === "user" ? "userdatasource" : "networkdata source";
      causes.push(invalid(`${field} must have only one ${source} set.`, field));
    }
    const bytes = Buffer.byteLength(plain) || Buffer.from(encoded, "base64").length;
    if (bytes > LONGEST_CLOUD_INIT) {
      causes.push(
        invalid(
          `${field} ${word} exceeds ${LONGEST_CLOUD_INIT} byte limit. Should use ${kind === "user" ? "UserDataSecretRef" : "NetworkDataSecretRef"} for larger data.`,
          field,
        ),
      );
    }
  }
  if (counts.user === 0 && counts.network === 0) {
    causes.push(
      invalid(
        `${field} must have at least one userdatasource or one networkdatasource set.`,
        field,
      ),
    );
  }
  return causes;
}

function isBase64(text: string): boolean {
  const bare = text.replaceAll(/[\r\n]/g, "");
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
}
