import { duplicate, type FieldError, invalid, required, tooMany } from "../schema/field-error.js";
import { isIpv4, isIpv6 } from "../schema/ip-address.js";
import type { JsonObject } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from "../schema/name-rules.js";
import { named, supported, validatePort } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, textAt, textsAt } from "./json-access.js";
import { NOT_AN_ADDRESS, reservedRange } from "./address-rules.js";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ZONES = 8;

export function validateEndpointSlice(slice: JsonObject): FieldError[] {
  const type = textAt(slice, "addressType");
  const ports = objectsAt(slice, "ports");
  const names: string[] = [];
  const errors: FieldError[] = [...validateSliceEndpoints(objectsAt(slice, "endpoints"), type)];
  if (ports.length > MAX_PORTS) errors.push(tooMany("ports", ports.length, MAX_PORTS));
  else {
    for (const [index, port] of ports.entries()) {
      const path = `ports[${index}]`;
      const name = textAt(port, "name");
      errors.push(...named(port, "name", path, checkDns1123Label));
      if (names.includes(name)) errors.push(duplicate(`${path}.name`, name));
      names.push(name);
      errors.push(...validateProtocol(port, path));
    }
  }
  // What the fields say alone comes last.
  if (type === "") errors.push(required("addressType"));
  errors.push(...supported(slice, "addressType", "", ["FQDN", "IPv4", "IPv6"]));
  for (const [index, endpoint] of objectsAt(slice, "endpoints").entries()) {
    const { length } = textsAt(endpoint, "addresses");
    const field = `endpoints[${index}].addresses`;
    if (length === 0) errors.push(required(field));
    if (length > MAX_ADDRESSES) errors.push(tooMany(field, length, MAX_ADDRESSES));
  }
  return errors;
}

function validateSliceEndpoints(endpoints: readonly JsonObject[], type: string): FieldError[] {
  if (endpoints.length > MAX_ENDPOINTS)
    return [tooMany("endpoints", endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index) => {
    const path = `endpoints[${index}]`;
    const addresses = textsAt(endpoint, "addresses");
    const topology = Object.entries(objectAt(endpoint, "deprecatedTopology"));
    const zones = objectsAt(objectAt(endpoint, "hints"), "forZones").map((zone) =>
      textAt(zone, "name"),
    );
    const zonesPath = `${path}.hints.forZones`;
    return [
      ...addresses.flatMap((address, place) =>
        validateAddress(address, type, `${path}.addresses`, place),
      ),
      ...named(endpoint, "nodeName", path, checkDns1123Subdomain),
      ...topology.flatMap(([key, value]) => [
        ...checkQualifiedName(key).map((detail) =>
          invalid(`${path}.deprecatedTopology`, key, detail),
        ),
        ...checkLabelValue(String(value)).map((detail) =>
          invalid(`${path}.deprecatedTopology`, value, detail),
        ),
      ]),
      ...named(endpoint, "hostname", path, checkDns1123Label),
      ...(zones.length > MAX_ZONES ? [tooMany(zonesPath, zones.length, MAX_ZONES)] : []),
      ...zones.flatMap((zone, place) => {
        const field = `${zonesPath}[${place}].name`;
        return zones.indexOf(zone) < place
          ? [duplicate(field, zone)]
          : checkLabelValue(zone).map((detail) => invalid(field, zone, detail));
      }),
    ];
  });
}

function validateAddress(address: string, type: string, path: string, index: number): FieldError[] {
  const field = `${path}[${index}]`;
  if (type === "FQDN")
    return checkDns1123Subdomain(address).map((detail) => invalid(field, address, detail));
  if (type !== "IPv4" && type !== "IPv6") return [];
  if (!isIpv4(address) && !isIpv6(address)) return [invalid(field, address, NOT_AN_ADDRESS)];
  const isOfType = type === "IPv4" ? isIpv4(address) : isIpv6(address);
  return [
    ...(isOfType ? [] : [invalid(path, address, `must be an ${type} address`)]),
    ...reservedRange(address).map((detail) => invalid(field, address, detail)),
  ];
}

export function validateEndpoints(endpoints: JsonObject): FieldError[] {
  return objectsAt(endpoints, "subsets").flatMap((subset, index) => {
    const path = `subsets[${index}]`;
    const lists = ["addresses", "notReadyAddresses"];
    const ports = objectsAt(subset, "ports");
    const isEmpty = lists.every((list) => objectsAt(subset, list).length === 0);
    return [
      ...(isEmpty ? [required(path, "must specify `addresses` or `notReadyAddresses`")] : []),
      ...lists.flatMap((list) =>
        objectsAt(subset, list).flatMap((address, place) =>
          validateSubsetAddress(address, `${path}.${list}[${place}]`),
        ),
      ),
      ...ports.flatMap((port, place) => {
        const field = `${path}.ports[${place}]`;
        const isUnnamed = textAt(port, "name") === "" && ports.length > 1;
        return [
          ...(isUnnamed ? [required(`${field}.name`)] : []),
          ...named(port, "name", field, checkDns1123Label),
          ...validatePort(numberAt(port, "port") ?? 0, `${field}.port`),
          ...validateProtocol(port, field),
        ];
      }),
    ];
  });
}

function validateSubsetAddress(address: JsonObject, path: string): FieldError[] {
  const ip = textAt(address, "ip");
  const field = `${path}.ip`;
  const isAddress = isIpv4(ip) || isIpv6(ip);
  return [
    ...(isAddress ? [] : [invalid(field, ip, NOT_AN_ADDRESS)]),
    ...named(address, "hostname", path, checkDns1123Label),
    ...named(address, "nodeName", path, checkDns1123Subdomain),
    ...(isAddress ? reservedRange(ip) : ["must be a valid IP address"]).map((detail) =>
      invalid(field, ip, detail),
    ),
  ];
}

function validateProtocol(port: JsonObject, path: string): FieldError[] {
  return [
    ...supported(port, "protocol", path, PROTOCOLS),
    ...named(port, "appProtocol", path, checkQualifiedName),
  ];
}
