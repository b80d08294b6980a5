import { objectAt, optionalObjectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { LABEL, LABEL_RULES } from "./label-rules.js";
import { invalid, notSupported, type WebhookCause } from "./webhook-refusal.js";

const IO_MODES = ["native", "threads"];
const ERROR_POLICIES = new Set(["stop", "ignore", "report", "enospace"]);
const PCI_ADDRESS = /^[\da-fA-F]{4}:[\da-fA-F]{2}:[01][\da-fA-F]\.[0-7]$/;
const SMALLEST_BLOCK = 512;
const LARGEST_BLOCK = 2_097_152;

/** A place on the PCI bus, which only virtio has. */
export function validateDiskAddress(base: string, disk: JsonObject, index: number): WebhookCause[] {
  const device = objectAt(disk, "disk");
  const address = textAt(device, "pciAddress");
  if (address === "") return [];
  const field = `${base}.domain.devices.disks.disk[${index}].pciAddress`;
  const name = `disk ${base}.domain.devices.disks.disk[${index}].name`;
  const causes: WebhookCause[] = [];
  if (textAt(device, "bus") !== "virtio") {
    const message = `${name} - setting a PCI address is only possible with bus type virtio.`;
    causes.push(invalid(message, field));
  }
  if (!PCI_ADDRESS.test(address)) {
    const message = `${name} has malformed PCI address (${address}).`;
    causes.push(invalid(message, field));
  }
  return causes;
}

/** How a disk is read and written, what it is called and how large its blocks are, in virt-api's order. */
export function validateDiskDetails(base: string, disk: JsonObject, index: number): WebhookCause[] {
  const at = `${base}[${index}]`;
  const inside = `${base}.domain.devices.disks[${index}]`;
  const causes: WebhookCause[] = [];
  const io = textAt(disk, "io");
  if (io !== "" && !IO_MODES.includes(io)) {
    causes.push(
      notSupported(
        `Disk IO mode for ${base} is not supported. Supported modes are: native, threads.`,
        `${inside}.io`,
      ),
    );
  }
  const policy = textAt(disk, "errorPolicy");
  if (policy !== "" && !ERROR_POLICIES.has(policy)) {
    causes.push(invalid(`${at}.errorPolicy has invalid value "${policy}"`, `${at}.errorPolicy`));
  }
  const name = textAt(disk, "name");
  if (!LABEL.test(name) || name.length > 63) {
    causes.push(
      invalid(LABEL.test(name) ? "must be no more than 63 bytes" : LABEL_RULES, `${inside}.name`),
    );
  }
  const blocks = optionalObjectAt(disk, "blockSize");
  if (blocks !== undefined) causes.push(...blockCauses(blocks, `${at}.blockSize`, busOf(disk)));
  return causes;
}

function busOf(disk: JsonObject): string {
  const target = ["disk", "lun", "cdrom"].find((each) => disk[each] !== undefined);
  return target === undefined ? "" : textAt(objectAt(disk, target), "bus");
}

function blockCauses(blocks: JsonObject, path: string, bus: string): WebhookCause[] {
  const custom = optionalObjectAt(blocks, "custom");
  const match = optionalObjectAt(blocks, "matchVolume");
  if (custom === undefined) return [];
  const cause = (message: string, field: string): WebhookCause => invalid(message, field);
  if (match !== undefined && match["enabled"] !== false)
    return [cause("Block size matching can't be enabled together with a custom value", path)];
  const logical = Number(custom["logical"] ?? 0);
  const physical = Number(custom["physical"] ?? 0);
  const discarded = Number(custom["discardGranularity"] ?? 0);
  if (logical > physical) {
    const message = `Logical size ${logical} must be the same or less than the physical size of ${physical}`;
    return [cause(message, `${path}.custom.logical`)];
  }
  if (bus === "sata" && logical !== SMALLEST_BLOCK) {
    const message = `Logical size ${logical} must be ${SMALLEST_BLOCK} for SATA devices`;
    return [cause(message, `${path}.custom.logical`)];
  }
  if (logical !== 0 && discarded % logical !== 0) {
    const message = `Discard granularity ${discarded} must be multiples of logical size ${logical}`;
    return [cause(message, `${path}.custom.discardGranularity`)];
  }
  const causes: WebhookCause[] = [];
  for (const [word, size] of [
    ["logical", logical],
    ["physical", physical],
  ] as const) {
    const field = `${path}.custom.${word}`;
    if (size < SMALLEST_BLOCK) {
      causes.push(
        cause(
          `Provided size of ${size} is less than the supported minimum size of ${SMALLEST_BLOCK}`,
          field,
        ),
      );
    } else if (size > LARGEST_BLOCK) {
      causes.push(
        cause(
          `Provided size of ${size} is greater than the supported maximum size of ${LARGEST_BLOCK}`,
          field,
        ),
      );
    } else if (!Number.isInteger(Math.log2(size)))
      causes.push(cause(`Provided size of ${size} is not a power of 2`, field));
  }
  return causes;
}
