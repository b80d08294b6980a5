import { isIPv4 } from "node:net";
import { objectAt, objectsAt, textAt, textsAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import {
  duplicate,
  invalid,
  notSupported,
  required,
  type WebhookCause,
} from "./webhook-refusal.js";

const MODELS = new Set(["e1000", "e1000e", "igb", "ne2k_pci", "pcnet", "rtl8139", "virtio"]);
const MAC_ADDRESS = /^([0-9a-f]{2}([:-][0-9a-f]{2}){5,19}|[0-9a-f]{4}(\.[0-9a-f]{4}){2,9})$/i;
const PCI_ADDRESS = /^[\da-fA-F]{4}:[\da-fA-F]{2}:[01][\da-fA-F]\.[0-7]$/;
/** As virt-api has it, for all that it says. */
const LAST_PORT = 65_536;
const FIRST_PRIVATE_OPTION = 224;
const LAST_PRIVATE_OPTION = 254;
const DISCONTINUED = new Map([
  ["slirp", "Slirp interface support has been discontinued since v1.3"],
  ["passt", "Passt network binding has been discontinued since v1.3"],
]);
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
      interfaceState(interfacePath(index), each, networkOf(textAt(each, "name"))),
    ),
    ...interfaces.flatMap((each, index) =>
      binding(interfacePath(index), each, networkOf(textAt(each, "name"))),
    ),
    ...networks.flatMap((network, index): WebhookCause[] =>
      isRepeated(networks, index)
        ? [
            duplicate(
              `Network with name "${textAt(network, "name")}" already exists, every network must have a unique name`,
              `${path}.networks[${index}].name`,
            ),
          ]
        : [],
    ),
    ...networks.flatMap((network, index): WebhookCause[] => {
      const name = textAt(network, "name");
      const field = `${path}.networks[${index}].name`;
      return interfaces.some((each) => textAt(each, "name") === name)
        ? []
        : [required(`${field} '${name}' not found.`, field)];
    }),
    ...interfaces.flatMap((_, index): WebhookCause[] =>
      isRepeated(interfaces, index)
        ? [
            duplicate(
              "Only one interface can be connected to one specific network",
              `${interfacePath(index)}.name`,
            ),
          ]
        : [],
    ),
    ...interfaces.flatMap((each, index): WebhookCause[] => {
      const name = textAt(each, "name");
      const field = `${interfacePath(index)}.name`;
      return networkOf(name) === undefined ? [invalid(`${field} '${name}' not found.`, field)] : [];
    }),
    ...interfaces.flatMap((each, index) => [
      ...interfaceFields(interfacePath(index), each),
      ...(networkOf(textAt(each, "name"))?.["pod"] === undefined
        ? []
        : portCauses(interfacePath(index), objectsAt(each, "ports"))),
      ...dhcpCauses(path, interfacePath(index), objectAt(each, "dhcpOptions")),
    ]),
  ];
}

function isRepeated(items: readonly JsonObject[], index: number): boolean {
  const name = items[index]?.["name"];
  return items.findIndex((each) => each["name"] === name) < index;
}

function networkSources(path: string, networks: readonly JsonObject[]): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (networks.filter((network) => network["pod"] !== undefined).length > 1) {
    causes.push(
      duplicate(
        `more than one interface is connected to a pod network in ${path}.interfaces`,
        `${path}.interfaces`,
      ),
    );
  }
  const defaults = networks.filter((each) => objectAt(each, "multus")["default"] === true).length;
  const addCause = (message: string): void => {
    causes.push(invalid(message, `${path}.networks`));
  };
  if (defaults > 1) addCause("Multus CNI should only have one default network");
  if (defaults > 0 && networks.some((network) => network["pod"] !== undefined))
    addCause("Pod network cannot be defined when Multus default network is defined");
  for (const [index, network] of networks.entries()) {
    const hasPod = network["pod"] !== undefined;
    const hasMultus = network["multus"] !== undefined;
    if (hasPod !== hasMultus) continue;
    causes.push(
      required(
        hasPod ? "should have only one network type" : "should have a network type",
        `${path}.networks[${index}]`,
      ),
    );
  }
  const unnamed = networks.findIndex(
    (network) =>
      network["multus"] !== undefined && textAt(objectAt(network, "multus"), "networkName") === "",
  );
  if (unnamed !== -1) {
    causes.push(
      required("CNI delegating plugin must have a networkName", `${path}.networks[${unnamed}]`),
    );
  }
  return causes;
}

function binding(path: string, each: JsonObject, network: JsonObject | undefined): WebhookCause[] {
  const causes: WebhookCause[] = [];
  const hasMethod = ["bridge", "masquerade", "sriov", "passtBinding", ...DISCONTINUED.keys()].some(
    (method) => each[method] !== undefined,
  );
  if (each["binding"] !== undefined && hasMethod) {
    causes.push(
      invalid(
        `logical ${textAt(each, "name")} interface cannot have both binding plugin and interface binding method`,
        `${path}.binding`,
      ),
    );
  }
  if (each["masquerade"] === undefined) return causes;
  if (network?.["pod"] === undefined) {
    causes.push(invalid("Masquerade interface only implemented with pod network", `${path}.name`));
  }
  if (textAt(each, "macAddress").toLowerCase() === RESERVED_MAC) {
    causes.push(
      invalid(
        "The requested MAC address is reserved for the in-pod bridge. Please choose another one.",
        `${path}.macAddress`,
      ),
    );
  }
  return causes;
}

function interfaceFields(path: string, each: JsonObject): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (!/^[A-Za-z0-9-_]+$/.test(textAt(each, "name"))) {
    causes.push(
      invalid(
        "Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)",
        `${path}.name`,
      ),
    );
  }
  const model = textAt(each, "model");
  if (model !== "" && !MODELS.has(model)) {
    causes.push(
      notSupported(
        `interface ${path}.name uses model ${model} that is not supported.`,
        `${path}.model`,
      ),
    );
  }
  const mac = textAt(each, "macAddress");
  if (mac !== "" && !MAC_ADDRESS.test(mac)) {
    causes.push(
      invalid(`interface ${path}.name has malformed MAC address (${mac}).`, `${path}.macAddress`),
    );
  } else if (mac.split(/[:-]/).length > 6) {
    causes.push(
      invalid(
        `interface ${path}.name has MAC address (${mac}) that is too long.`,
        `${path}.macAddress`,
      ),
    );
  }
  const address = textAt(each, "pciAddress");
  if (address !== "" && !PCI_ADDRESS.test(address)) {
    causes.push(
      invalid(
        `interface ${path}.name has malformed PCI address (${address}).`,
        `${path}.pciAddress`,
      ),
    );
  }
  return causes;
}

/** Ports that the guest listens at. */
function portCauses(path: string, ports: readonly JsonObject[]): WebhookCause[] {
  const names = ports.map((port) => textAt(port, "name"));
  return [
    ...names.flatMap((name, index): WebhookCause[] => {
      if (name === "") return [];
      const field = `${path}.ports[${index}].name`;
      const causes: WebhookCause[] = [];
      if (names.indexOf(name) < index) {
        const message = `Duplicate name of the port: ${name}`;
        causes.push(duplicate(message, field));
      }
      if (!PORT_NAME.test(name) || name.includes("--") || name.length > LONGEST_PORT_NAME) {
        const message = `Invalid name of the port: ${name}`;
        causes.push(invalid(message, field));
      }
      return causes;
    }),
    ...ports.flatMap((port, index) => portNumberCauses(`${path}.ports[${index}]`, port)),
  ];
}

function portNumberCauses(field: string, port: JsonObject): WebhookCause[] {
  const number = Number(port["port"] ?? 0);
  const causes: WebhookCause[] = [];
  if (number === 0) causes.push(required("Port field is mandatory.", field));
  if (number < 0 || number > LAST_PORT) {
    const message = "Port field must be in range 0 < x < 65536.";
    causes.push(invalid(message, field));
  }
  if (!["", "TCP", "UDP"].includes(textAt(port, "protocol"))) {
    const message = "Unknown protocol, only TCP or UDP allowed";
    causes.push(invalid(message, `${field}.protocol`));
  }
  return causes;
}

/** What the guest is told by DHCP. */
function dhcpCauses(path: string, at: string, told: JsonObject): WebhookCause[] {
  const options = objectsAt(told, "privateOptions").map(({ option }) => Number(option ?? 0));
  const causes: WebhookCause[] = [];
  if (new Set(options).size < options.length) {
    const message = "Found Duplicates: you have provided duplicate DHCPPrivateOptions";
    causes.push(invalid(message, path));
  }
  for (const option of options) {
    if (option >= FIRST_PRIVATE_OPTION && option <= LAST_PRIVATE_OPTION) continue;
    const message = "provided DHCPPrivateOptions are out of range, must be in range 224 to 254";
    causes.push(invalid(message, path));
  }
  for (const [index, server] of textsAt(told, "ntpServers").entries()) {
    if (isIPv4(server)) continue;
    causes.push(
      invalid(
        "NTP servers must be a list of valid IPv4 addresses.",
        `${at}.dhcpOptions.ntpServers[${index}]`,
      ),
    );
  }
  return causes;
}

/** Whether an interface is to be there, and its link up. */
function interfaceState(
  path: string,
  each: JsonObject,
  network: JsonObject | undefined,
): WebhookCause[] {
  const state = textAt(each, "state");
  const name = textAt(each, "name");
  const causes: WebhookCause[] = [];
  const add = (message: string): void => {
    causes.push(invalid(message, `${path}.state`));
  };
  if (!["", "absent", "down", "up"].includes(state))
    add(`logical ${name} interface state value is unsupported: ${state}`);
  if (each["sriov"] !== undefined && (state === "down" || state === "up"))
    add(`"${name}" interface's state "${state}" is not supported for SR-IOV NICs`);
  if (state !== "absent") return causes;
  if (each["bridge"] === undefined)
    add(`"${name}" interface's state "${state}" is supported only for bridge binding`);
  const isDefault =
    network?.["pod"] !== undefined || objectAt(network ?? {}, "multus")["default"] === true;
  if (isDefault) add(`"${name}" interface's state "${state}" is not supported on default networks`);
  return causes;
}

/** Of a new machine or instance, before all else: what KubeVirt no longer has. */
export function validateDiscontinued(spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  return objectsAt(devices, "interfaces").flatMap((each, index) =>
    [...DISCONTINUED].flatMap(([method, message]): WebhookCause[] => {
      const field = `spec.domain.devices.interfaces[${index}].${method}`;
      return each[method] === undefined ? [] : [invalid(message, field)];
    }),
  );
}
