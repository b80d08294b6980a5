import { isWithin, parseCidr } from "../schema/cel/cel-opaque.js";
import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { supported, validatePort } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { checkPortName } from "./port-name.js";
import { validateLabelSelector } from "./validate-label-selector.js";
import { validateNetwork } from "./validate-network.js";

const DIRECTIONS = [
  ["ingress", "from"],
  ["egress", "to"],
] as const;

/** Selectors, ports and peers of a NetworkPolicy. */
export function validateNetworkPolicy(spec: JsonObject): FieldError[] {
  return [
    ...validateLabelSelector(objectAt(spec, "podSelector"), "spec.podSelector"),
    ...DIRECTIONS.flatMap(([direction, peers]) =>
      objectsAt(spec, direction).flatMap((rule, index) => {
        const field = `spec.${direction}[${index}]`;
        return [
          ...objectsAt(rule, "ports").flatMap((port, position) =>
            validatePolicyPort(port, `${field}.ports[${position}]`),
          ),
          ...objectsAt(rule, peers).flatMap((peer, position) =>
            validatePeer(peer, `${field}.${peers}[${position}]`),
          ),
        ];
      }),
    ),
  ];
}

function validatePolicyPort(object: JsonObject, path: string): FieldError[] {
  const { port } = object;
  const endPort = numberAt(object, "endPort");
  const errors = supported(object, "protocol", path, ["TCP", "UDP", "SCTP"]);
  if (typeof port === "number") errors.push(...validatePort(port, `${path}.port`));
  else if (typeof port === "string")
    errors.push(...checkPortName(port).map((detail) => invalid(`${path}.port`, port, detail)));
  if (endPort === undefined) return errors;
  if (typeof port === "number" && endPort < port)
    errors.push(invalid(`${path}.endPort`, endPort, "must be greater than or equal to `port`"));
  if (typeof port === "string")
    errors.push(
      invalid(`${path}.endPort`, endPort, "may not be specified when `port` is non-numeric"),
    );
  if ((port ?? null) === null)
    errors.push(
      invalid(`${path}.endPort`, endPort, "may not be specified when `port` is not specified"),
    );
  return errors;
}

function validatePeer(peer: JsonObject, path: string): FieldError[] {
  const selectors = ["podSelector", "namespaceSelector"].filter(
    (key) => optionalObjectAt(peer, key) !== undefined,
  );
  const block = optionalObjectAt(peer, "ipBlock");
  if (selectors.length === 0 && block === undefined) return [required(path, "must specify a peer")];
  return [
    ...selectors.flatMap((key) => validateLabelSelector(objectAt(peer, key), `${path}.${key}`)),
    ...(block === undefined ? [] : validateBlock(block, `${path}.ipBlock`)),
    ...(block !== undefined && selectors.length > 0
      ? [forbidden(path, "may not specify both ipBlock and another peer")]
      : []),
  ];
}

function validateBlock(block: JsonObject, path: string): FieldError[] {
  const cidr = textAt(block, "cidr");
  if (cidr === "") return [required(`${path}.cidr`)];
  const network = parseCidr(cidr);
  return [
    ...validateNetwork(cidr, `${path}.cidr`),
    ...textsAt(block, "except").flatMap((text, index) => {
      const field = `${path}.except[${index}]`;
      const errors = validateNetwork(text, field);
      const part = parseCidr(text);
      if (part === undefined || network === undefined) return errors;
      const isPart = isWithin(part.bytes, network) && part.bits > network.bits;
      return isPart
        ? errors
        : [...errors, invalid(field, text, "must be a strict subset of `cidr`")];
    }),
  ];
}
