import { isJsonObject, type JsonObject, type JsonValue } from "../../schema/json.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";

/** What guests of every kind can drive without more: KubeVirt's choice where a disk names no bus. */
const DEFAULT_BUS = "sata";
const DEFAULT_PROBE = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};
const SPIN_RETRIES = 4096;

/** What virt-api fills in of an instance's disks, inputs, watchdog, features, timers and probes. In place. */
export function defaultDevices(spec: SimulatedInstanceSpec): void {
  defaultDisks(spec);
  const domain = spec.domain as unknown as JsonObject;
  const devices = domain["devices"] as JsonObject;
  for (const input of listOf(devices["inputs"])) {
    input["bus"] ??= "usb";
    input["type"] ??= "tablet";
  }
  const watchdog = devices["watchdog"];
  if (isJsonObject(watchdog)) {
    const card = isJsonObject(watchdog["i6300esb"]) ? watchdog["i6300esb"] : {};
    watchdog["i6300esb"] = { action: "reset", ...card };
  }
  defaultFeatures(domain);
  const { timer } = (domain["clock"] ?? {}) as { timer?: JsonValue };
  if (isJsonObject(timer)) for (const each of Object.values(timer)) enable(each);
  for (const probe of [spec.readinessProbe, spec.livenessProbe])
    if (probe !== undefined) defaultProbe(probe as JsonObject);
}

function defaultProbe(probe: JsonObject): void {
  for (const [name, value] of Object.entries(DEFAULT_PROBE))
    if (Number(probe[name] ?? 0) < 1) probe[name] = value;
}

/** A volume without a disk or file system gets a disk. */
function defaultDisks(spec: SimulatedInstanceSpec): void {
  const { devices } = spec.domain;
  const { filesystems = [] } = devices as { filesystems?: { name: string }[] };
  const known = new Set([...(devices.disks ?? []), ...filesystems].map(({ name }) => name));
  const added = (spec.volumes ?? []).filter(({ name }) => !known.has(name));
  if (added.length > 0)
    devices.disks = [...(devices.disks ?? []), ...added.map(({ name }) => ({ name }))];
  for (const disk of devices.disks ?? []) {
    if (disk.cdrom === undefined && disk.lun === undefined) disk.disk ??= {};
    for (const device of [disk.disk, disk.cdrom, disk.lun])
      if (device !== undefined) device.bus ||= DEFAULT_BUS;
    if (disk.cdrom === undefined) continue;
    disk.cdrom.readonly ??= true;
    disk.cdrom.tray ||= "closed";
  }
}

/** ACPI is there unless it is refused; a feature that is named is on unless it is said to be off. */
function defaultFeatures(domain: JsonObject): void {
  const features = isJsonObject(domain["features"]) ? domain["features"] : {};
  domain["features"] = features;
  features["acpi"] ??= {};
  for (const name of ["acpi", "apic", "smm", "pvspinlock"]) enable(features[name]);
  const hyperv = features["hyperv"];
  if (!isJsonObject(hyperv)) return;
  for (const feature of Object.values(hyperv)) enable(feature);
  const { spinlocks, synictimer } = hyperv;
  if (isJsonObject(spinlocks) && spinlocks["enabled"] === true)
    spinlocks["spinlocks"] ??= SPIN_RETRIES;
  if (isJsonObject(synictimer)) enable(synictimer["direct"]);
}

function enable(feature: JsonValue | undefined): void {
  if (isJsonObject(feature)) feature["enabled"] ??= true;
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
