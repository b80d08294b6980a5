import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import { isIpv4, isIpv6 } from "../schema/ip-address.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Subdomain } from "../schema/name-rules.js";
import { NOT_AN_ADDRESS } from "./address-rules.js";
import { numberAt, objectsAt, optionalObjectAt, textAt, textsAt, valuesAt } from "./json-access.js";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const SEARCH = /^_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:\._?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*$/;
const SEARCH_HELP =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";

/** `dnsConfig` of a pod, which one without a DNS policy has to have. */
export function validateDnsConfig(spec: JsonObject, path: string): FieldError[] {
  const isNone = textAt(spec, "dnsPolicy") === "None";
  const config = optionalObjectAt(spec, "dnsConfig");
  const field = `${path}.dnsConfig`;
  if (config === undefined)
    return isNone ? [required(field, "must provide `dnsConfig` when `dnsPolicy` is None")] : [];
  const nameservers = textsAt(config, "nameservers");
  const searches = textsAt(config, "searches");
  return [
    ...(isNone && nameservers.length === 0
      ? [
          required(
            `${field}.nameservers`,
            "must provide at least one DNS nameserver when `dnsPolicy` is None",
          ),
        ]
      : []),
    ...(nameservers.length > MAX_NAMESERVERS
      ? [
          invalid(
            `${field}.nameservers`,
            nameservers,
            `must not have more than ${MAX_NAMESERVERS} nameservers`,
          ),
        ]
      : []),
    ...nameservers.flatMap((address, index) =>
      validateAddress(address, `${field}.nameservers[${index}]`),
    ),
    ...(searches.length > MAX_SEARCHES
      ? [
          invalid(
            `${field}.searches`,
            searches,
            `must not have more than ${MAX_SEARCHES} search paths`,
          ),
        ]
      : []),
    ...searches.flatMap((search, index) =>
      search === "." || SEARCH.test(search.replace(/\.$/, ""))
        ? []
        : [invalid(`${field}.searches[${index}]`, search, SEARCH_HELP)],
    ),
    ...objectsAt(config, "options").flatMap((option, index) =>
      textAt(option, "name") === ""
        ? [required(`${field}.options[${index}]`, "must not be empty")]
        : [],
    ),
  ];
}

/** `hostAliases` of a pod. */
export function validateHostAliases(spec: JsonObject, path: string): FieldError[] {
  return objectsAt(spec, "hostAliases").flatMap((alias, index) => {
    const field = `${path}.hostAliases[${index}]`;
    return [
      ...validateAddress(textAt(alias, "ip"), `${field}.ip`),
      ...textsAt(alias, "hostnames").flatMap((name, position) =>
        checkDns1123Subdomain(name).map((detail) =>
          invalid(`${field}.hostnames[${position}]`, name, detail),
        ),
      ),
    ];
  });
}

/** What a pod in the network of its node may not have. */
export function validateHostNetwork(spec: JsonObject, path: string): FieldError[] {
  if (spec["hostNetwork"] !== true) return [];
  return ["containers", "initContainers"].flatMap((list) =>
    objectsAt(spec, list).flatMap((container, index) =>
      valuesAt(container, "ports").length === 0
        ? []
        : objectsAt(container, "ports").flatMap((port, position) => {
            const hostPort = numberAt(port, "hostPort") ?? 0;
            const field = `${path}.${list}[${index}].ports[${position}].hostPort`;
            return hostPort === 0 || hostPort === numberAt(port, "containerPort")
              ? []
              : [invalid(field, hostPort, "must match `containerPort` when `hostNetwork` is true")];
          }),
    ),
  );
}

/** What goes not together with users of its own. */
export function validateHostUsers(spec: JsonObject, path: string): FieldError[] {
  if (spec["hostUsers"] !== false) return [];
  // The real server writes two of the names as Go does.
  return [
    ["hostNetwork", "hostNetwork"],
    ["hostPID", "HostPID"],
    ["hostIPC", "HostIPC"],
  ].flatMap(([key = "", name]) =>
    spec[key] === true ? [forbidden(`${path}.${name}`, "when `hostUsers` is false")] : [],
  );
}

function validateAddress(address: string, field: string): FieldError[] {
  return isIpv4(address) || isIpv6(address) ? [] : [invalid(field, address, NOT_AN_ADDRESS)];
}
