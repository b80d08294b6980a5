import { objectAt, objectsAt, optionalObjectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { validatePath } from "./validate-details.js";
import { invalid, required, type WebhookCause } from "./webhook-refusal.js";

/** What an instance boots: its loader, a kernel of its own, secure boot. */
export function validateFirmware(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const firmware = objectAt(domain, "firmware");
  const loader = objectAt(firmware, "bootloader");
  const efi = optionalObjectAt(loader, "efi");
  const causes: WebhookCause[] = [];
  if (efi !== undefined && loader["bios"] !== undefined) {
    const field = `${path}.domain.firmware.bootloader`;
    causes.push(
      invalid(`${field} has both EFI and BIOS configured, but they are mutually exclusive.`, field),
    );
  }
  causes.push(...kernelBoot(`${path}.domain.firmware.kernelBoot`, firmware));
  const management = optionalObjectAt(objectAt(domain, "features"), "smm");
  const isManaged = management !== undefined && management["enabled"] !== false;
  if (efi !== undefined && efi["secureBoot"] !== false && !isManaged) {
    causes.push(
      invalid(
        `${path}.domain has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`,
        `${path}.domain`,
      ),
    );
  }
  return causes;
}

function kernelBoot(path: string, firmware: JsonObject): WebhookCause[] {
  const kernel = optionalObjectAt(firmware, "kernelBoot");
  if (kernel === undefined) return [];
  const container = optionalObjectAt(kernel, "container");
  if (container === undefined) {
    return textAt(kernel, "kernelArgs") === ""
      ? []
      : [
          invalid(
            "kernel arguments cannot be provided without an external kernel",
            `${path}.kernelArgs`,
          ),
        ];
  }
  const inside = `${path}.container`;
  const causes: WebhookCause[] = [];
  if (textAt(container, "image") === "") {
    causes.push(required(`${inside} must be defined with an image`, `${inside}.image`));
  }
  if (textAt(container, "kernelPath") === "" && textAt(container, "initrdPath") === "") {
    causes.push(
      required(
        `${inside} must be defined with at least one of the following: kernelPath, initrdPath`,
        inside,
      ),
    );
  }
  for (const each of ["kernelPath", "initrdPath"]) {
    const file = textAt(container, each);
    if (file !== "") causes.push(...validatePath(`${inside}.${each}`, file));
  }
  return causes;
}

/** Tables of a licence, from volumes that are Secrets. */
export function validateAcpi(path: string, spec: JsonObject): WebhookCause[] {
  const acpi = optionalObjectAt(objectAt(objectAt(spec, "domain"), "firmware"), "acpi");
  const field = `${path}.acpi`;
  if (acpi === undefined) return [];
  const names = ["slicNameRef", "msdmNameRef"].filter((each) => textAt(acpi, each) !== "");
  if (names.length === 0) {
    const message = "ACPI was set but no SLIC nor MSDM volume reference was set";
    return [invalid(message, field)];
  }
  return names.flatMap((each): WebhookCause[] => {
    const volume = objectsAt(spec, "volumes").find(({ name }) => name === acpi[each]);
    if (volume?.["secret"] !== undefined) return [];
    const why =
      volume === undefined
        ? "does not have a matching Volume."
        : "refers to Volume of unsupported type.";
    return [invalid(`${field} ${why}`, `${field}.${each}`)];
  });
}
