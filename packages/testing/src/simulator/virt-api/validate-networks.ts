import { objectAt, objectsAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import type { WebhookCause } from "./webhook-refusal.js";

const MODELS = new Set(["e1000", "e1000e", "ne2k_pci", "pcnet", "rtl8139", "virtio"]);
const MAC_ADDRESS = /^([0-9a-f]{2}([:-][0-9a-f]{2}){5,19}|[0-9a-f]{4}(\.[0-9a-f]{4}){2,9})$/i;
const PCI_ADDRESS = /^[\da-fA-F]{4}:[\da-fA-F]{2}:[01][\da-fA-F]\.[0-7]$/;
const LAST_PORT = 65_535;
/** Lower case, and at least one letter. */
const PORT_NAME = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const LONGEST_PORT_NAME = 15;
/** Of the bridge inside the Pod. */
const RESERVED_MAC = "02:00:00:00:00:00";

/** What virt-api says of an instance's networks and interfaces, in its order. */
export function validateNetworks(path: string, spec: JsonObject): WebhookCause[] {
  const networks = objectsAt(spec, "networks");
  const interfaces = objectsAt(objectAt(objectAt(spec, "domain"), "devices"), "interfaces");
  const interfacePath = (index: number): string => `${path}.domain.devices.interfaces[${index}]`;
  const networkOf = (name: string): JsonObject | undefined =>
    networks.find((network) => textAt(network, "name") === name);
  return [
    ...networkSources(path, networks),
    ...interfaces.flatMap((each, index) =>
      binding(interfacePath(index), each, networkOf(textAt(each, "name"))),
    ),
    ...networks.flatMap((network, index): WebhookCause[] =>
      isRepeated(networks, index)
        ? [
            {
              reason: "FieldValueDuplicate",
              message: `Network with name "${textAt(network, "name")}" already exists, every network must have a unique name`,
              field: `${path}.networks[${index}].name`,
            },
          ]
        : [],
    ),
    ...networks.flatMap((network, index): WebhookCause[] => {
      const name = textAt(network, "name");
      const field = `${path}.networks[${index}].name`;
      return interfaces.some((each) => textAt(each, "name") === name)
        ? []
        : [{ reason: "FieldValueRequired", message: `${field} '${name}' not found.`, field }];
    }),
    ...interfaces.flatMap((_, index): WebhookCause[] =>
      isRepeated(interfaces, index)
        ? [
            {
              reason: "FieldValueDuplicate",
              message: "Only one interface can be connected to one specific network",
              field: `${interfacePath(index)}.name`,
            },
          ]
        : [],
    ),
    ...interfaces.flatMap((each, index): WebhookCause[] => {
      const name = textAt(each, "name");
      const field = `${interfacePath(index)}.name`;
      return networkOf(name) === undefined
        ? [{ reason: "FieldValueInvalid", message: `${field} '${name}' not found.`, field }]
        : [];
    }),
    ...interfaces.flatMap((each, index) => interfaceFields(interfacePath(index), each)),
  ];
}

function isRepeated(items: readonly JsonObject[], index: number): boolean {
  const name = items[index]?.["name"];
  return items.findIndex((each) => each["name"] === name) < index;
}

function networkSources(path: string, networks: readonly JsonObject[]): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (networks.filter((network) => network["pod"] !== undefined).length > 1) {
    causes.push({
      reason: "FieldValueDuplicate",
      message: `more than one interface is connected to a pod network in ${path}.interfaces`,
      field: `${path}.interfaces`,
    });
  }
  for (const [index, network] of networks.entries()) {
    const hasPod = network["pod"] !== undefined;
    const hasMultus = network["multus"] !== undefined;
    if (hasPod !== hasMultus) continue;
    causes.push({
      reason: "FieldValueRequired",
      message: hasPod ? "should have only one network type" : "should have a network type",
      field: `${path}.networks[${index}]`,
    });
  }
  const unnamed = networks.findIndex(
    (network) =>
      network["multus"] !== undefined && textAt(objectAt(network, "multus"), "networkName") === "",
  );
  if (unnamed !== -1) {
    causes.push({
      reason: "FieldValueRequired",
      message: "CNI delegating plugin must have a networkName",
      field: `${path}.networks[${unnamed}]`,
    });
  }
  return causes;
}

function binding(path: string, each: JsonObject, network: JsonObject | undefined): WebhookCause[] {
  const causes: WebhookCause[] = [];
  const hasMethod = ["bridge", "masquerade", "sriov", "passtBinding"].some(
    (method) => each[method] !== undefined,
  );
  if (each["binding"] !== undefined && hasMethod) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `logical ${textAt(each, "name")} interface cannot have both binding plugin and interface binding method`,
      field: `${path}.binding`,
    });
  }
  if (each["masquerade"] === undefined) return causes;
  if (network?.["pod"] === undefined) {
    causes.push({
      reason: "FieldValueInvalid",
      message: "Masquerade interface only implemented with pod network",
      field: `${path}.name`,
    });
  }
  if (textAt(each, "macAddress").toLowerCase() === RESERVED_MAC) {
    causes.push({
      reason: "FieldValueInvalid",
      message:
        "The requested MAC address is reserved for the in-pod bridge. Please choose another one.",
      field: `${path}.macAddress`,
    });
  }
  return causes;
}

function interfaceFields(path: string, each: JsonObject): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (!/^[A-Za-z0-9-_]+$/.test(textAt(each, "name"))) {
    causes.push({
      reason: "FieldValueInvalid",
      message:
        "Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)",
      field: `${path}.name`,
    });
  }
  const model = textAt(each, "model");
  if (model !== "" && !MODELS.has(model)) {
    causes.push({
      reason: "FieldValueNotSupported",
      message: `interface ${path}.name uses model ${model} that is not supported.`,
      field: `${path}.model`,
    });
  }
  const mac = textAt(each, "macAddress");
  if (mac !== "" && !MAC_ADDRESS.test(mac)) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `interface ${path}.name has malformed MAC address (${mac}).`,
      field: `${path}.macAddress`,
    });
  } else if (mac.split(/[:-]/).length > 6) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `interface ${path}.name has MAC address (${mac}) that is too long.`,
      field: `${path}.macAddress`,
    });
  }
  const address = textAt(each, "pciAddress");
  if (address !== "" && !PCI_ADDRESS.test(address)) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `interface ${path}.name has malformed PCI address (${address}).`,
      field: `${path}.pciAddress`,
    });
  }
  return [...causes, ...portCauses(path, objectsAt(each, "ports"))];
}

/** Ports that the guest listens at. */
function portCauses(path: string, ports: readonly JsonObject[]): WebhookCause[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}.ports[${index}]`;
    const causes: WebhookCause[] = [];
    const number = Number(port["port"] ?? 0);
    if (number === 0) {
      causes.push({ reason: "FieldValueRequired", message: "Port field is mandatory.", field: at });
    } else if (number < 0 || number > LAST_PORT) {
      causes.push({
        reason: "FieldValueInvalid",
        message: "Port field must be in range 0 < x < 65536.",
        field: at,
      });
    }
    if (!["", "TCP", "UDP"].includes(textAt(port, "protocol"))) {
      causes.push({
        reason: "FieldValueInvalid",
        message: "Unknown protocol, only TCP or UDP allowed",
        field: `${at}.protocol`,
      });
    }
    const name = textAt(port, "name");
    if (name === "") return causes;
    if (names.has(name)) {
      causes.push({
        reason: "FieldValueDuplicate",
        message: `Duplicate name of the port: ${name}`,
        field: `${at}.name`,
      });
    }
    names.add(name);
    if (!PORT_NAME.test(name) || name.includes("--") || name.length > LONGEST_PORT_NAME) {
      causes.push({
        reason: "FieldValueInvalid",
        message: `Invalid name of the port: ${name}`,
        field: `${at}.name`,
      });
    }
    return causes;
  });
}
