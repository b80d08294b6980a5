import { type FieldError, forbidden, invalid, required, tooLong } from "../schema/field-error.js";
import { isIpv4, isIpv6 } from "../schema/ip-address.js";
import type { JsonObject } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkWildcardSubdomain,
  type NameRule,
} from "../schema/name-rules.js";
import { supported, validatePort } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { checkPortName } from "./port-name.js";
import { checkPrefixedPath } from "./prefixed-path.js";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
/** What a path that is compared part by part cannot have. */
const BANNED = ["//", "/./", "/../", "%2f", "%2F"];
const BANNED_ENDS = ["/..", "/."];
const MAX_CONTROLLER_BYTES = 250;

export function validateIngress(spec: JsonObject, old?: JsonObject): FieldError[] {
  const backend = optionalObjectAt(spec, "defaultBackend");
  const rules = objectsAt(spec, "rules");
  const errors: FieldError[] = [];
  if (backend === undefined && rules.length === 0)
    errors.push(invalid("spec", null, "either `defaultBackend` or `rules` must be specified"));
  if (backend !== undefined) errors.push(...validateBackend(backend, "spec.defaultBackend"));
  errors.push(...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)));
  for (const [index, tls] of objectsAt(spec, "tls").entries()) {
    const path = `spec.tls[${index}]`;
    for (const [place, host] of textsAt(tls, "hosts").entries()) {
      const rule = host.includes("*") ? checkWildcardSubdomain : checkDns1123Subdomain;
      errors.push(...rule(host).map((detail) => invalid(`${path}.hosts[${place}]`, host, detail)));
    }
    if (textAt(tls, "secretName") !== "")
      errors.push(...checked(tls, "secretName", path, checkDns1123Subdomain));
  }
  if (typeof spec["ingressClassName"] === "string" && old?.["ingressClassName"] === undefined)
    errors.push(...checked(spec, "ingressClassName", "spec", checkDns1123Subdomain));
  return errors;
}

function validateRule(rule: JsonObject, path: string): FieldError[] {
  const host = textAt(rule, "host");
  const errors: FieldError[] = [];
  if (host !== "") {
    if (isIpv4(host) || isIpv6(host))
      errors.push(invalid(`${path}.host`, host, "must be a DNS name, not an IP address"));
    const check = host.includes("*") ? checkWildcardSubdomain : checkDns1123Subdomain;
    errors.push(...checked(rule, "host", path, check));
  }
  const http = optionalObjectAt(rule, "http");
  if (http === undefined) return errors;
  const paths = objectsAt(http, "paths");
  if (paths.length === 0) errors.push(required(`${path}.http.paths`));
  return [
    ...errors,
    ...paths.flatMap((each, index) => validatePath(each, `${path}.http.paths[${index}]`)),
  ];
}

function validatePath(httpPath: JsonObject, path: string): FieldError[] {
  const type = textAt(httpPath, "pathType");
  const text = textAt(httpPath, "path");
  const wrong = (detail: string): FieldError => invalid(`${path}.path`, text, detail);
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(`${path}.pathType`, "pathType must be specified"));
  else if (!PATH_TYPES.includes(type))
    errors.push(...supported(httpPath, "pathType", path, PATH_TYPES));
  else if (type === "ImplementationSpecific") {
    if (text !== "" && !text.startsWith("/")) errors.push(wrong("must be an absolute path"));
  } else {
    if (!text.startsWith("/")) errors.push(wrong("must be an absolute path"));
    for (const part of BANNED)
      if (text.includes(part)) errors.push(wrong(`must not contain '${part}'`));
    for (const end of BANNED_ENDS)
      if (text.endsWith(end)) errors.push(wrong(`cannot end with '${end}'`));
  }
  return [...errors, ...validateBackend(objectAt(httpPath, "backend"), `${path}.backend`)];
}

function validateBackend(backend: JsonObject, path: string): FieldError[] {
  const resource = optionalObjectAt(backend, "resource");
  const service = optionalObjectAt(backend, "service");
  if (resource !== undefined && service !== undefined)
    return [invalid(path, "", "cannot set both resource and service backends")];
  if (resource !== undefined) return validateResource(resource, `${path}.resource`);
  if (service === undefined) return [invalid(path, "", "resource or service backend is required")];
  return validateService(service, path);
}

function validateService(service: JsonObject, path: string): FieldError[] {
  const port = objectAt(service, "port");
  const [name, number] = [textAt(port, "name"), numberAt(port, "number") ?? 0];
  const errors =
    textAt(service, "name") === ""
      ? [required(`${path}.service.name`)]
      : checked(service, "name", `${path}.service`, checkDns1123Label);
  if (name !== "" && number !== 0)
    return [...errors, invalid(path, "", "cannot set both port name & port number")];
  if (name !== "")
    return [...errors, ...checked(port, "name", `${path}.service.port`, checkPortName)];
  return number === 0
    ? [...errors, required(path, "port name or number is required")]
    : [...errors, ...validatePort(number, `${path}.service.port.number`)];
}

function validateResource(resource: JsonObject, path: string): FieldError[] {
  return [
    ...(textAt(resource, "apiGroup") === ""
      ? []
      : checked(resource, "apiGroup", path, checkDns1123Subdomain)),
    ...["kind", "name"].flatMap((key) =>
      textAt(resource, key) === ""
        ? [required(`${path}.${key}`)]
        : checked(resource, key, path, checkPathSegment),
    ),
  ];
}

export function validateIngressClass(spec: JsonObject): FieldError[] {
  const parameters = optionalObjectAt(spec, "parameters");
  return [
    ...validateController(textAt(spec, "controller")),
    ...(parameters === undefined ? [] : validateParameters(parameters, "spec.parameters")),
  ];
}

function validateController(controller: string): FieldError[] {
  const field = "spec.controller";
  if (controller === "") return [required(field)];
  if (Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES)
    return [tooLong(field, controller, MAX_CONTROLLER_BYTES)];
  return checkPrefixedPath(controller, field);
}

function validateParameters(parameters: JsonObject, path: string): FieldError[] {
  const scope = textAt(parameters, "scope");
  const namespace = parameters["namespace"];
  const errors = validateResource(parameters, path);
  errors.push(...supported(parameters, "scope", path, ["Cluster", "Namespace"]));
  if (scope === "Namespace" && namespace === undefined)
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  if (scope === "Cluster" && namespace !== undefined)
    errors.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  if (scope === "Namespace" && typeof namespace === "string")
    errors.push(...checked(parameters, "namespace", path, checkDns1123Label));
  return errors;
}

/** The rule counts for an empty text too. */
function checked(object: JsonObject, key: string, path: string, rule: NameRule): FieldError[] {
  const text = textAt(object, key);
  return rule(text).map((detail) => invalid(`${path}.${key}`, text, detail));
}
