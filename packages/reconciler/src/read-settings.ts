import { InvalidSettingError } from "./invalid-setting-error.js";
import { defaultSettings, type ReconcilerSettings } from "./settings.js";

/**
 * Settings from environment variables, named as the seed's operator names them. An empty variable counts as unset.
 *
 * @throws InvalidSettingError naming the variable and what it may be.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ReconcilerSettings {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return {
    ...defaultSettings,
    cpuModel: read("CPU_MODEL"),
    managedBy: readLabelValue("MANAGED_BY", read("MANAGED_BY")) ?? defaultSettings.managedBy,
    volumeMode:
      readChoice("PVC_VOLUME_MODE", read("PVC_VOLUME_MODE"), ["Block", "Filesystem"] as const) ??
      defaultSettings.volumeMode,
    accessMode:
      readChoice("PVC_ACCESS_MODE", read("PVC_ACCESS_MODE"), [
        "ReadWriteMany",
        "ReadWriteOnce",
        "ReadOnlyMany",
        "ReadWriteOncePod",
      ] as const) ?? defaultSettings.accessMode,
    storageClassName: read("STORAGE_CLASS_NAME"),
    ipSource:
      readChoice("IP_SOURCE", read("IP_SOURCE"), ["vmi", "networkconfiguration"] as const) ??
      defaultSettings.ipSource,
    macSet: readHexByte("MAC_SET", read("MAC_SET")) ?? defaultSettings.macSet,
    cniVersion: read("NETWORK_ATTACHMENT_DEFINITION_CNI_VERSION") ?? defaultSettings.cniVersion,
  };
}

function readChoice<Choice extends string>(
  name: string,
  value: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new InvalidSettingError({ setting: name, value, expected: choices.join(", ") });
  return choice;
}

function readHexByte(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const digits = value.replace(/^0x/i, "");
  if (!/^[0-9a-f]{1,2}$/i.test(digits))
    throw new InvalidSettingError({
      setting: name,
      value,
      expected: "one byte in hexadecimal, for example 12 or 0xab",
    });
  return Number.parseInt(digits, 16);
}

function readLabelValue(name: string, value: string | undefined): string | undefined {
  if (value !== undefined && !/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(value))
    throw new InvalidSettingError({ setting: name, value, expected: "a Kubernetes label value" });
  return value;
}
