import { supported, validatePort } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import {
  type FieldError,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from "../schema/name-rules.js";
import { numberAt, objectAt, objectsAt, textAt, textsAt } from "./json-access.js";
import { checkPortName } from "./port-name.js";
import {
  validateAffinityTime,
  validateBalancer,
  validateExternalIps,
  validateFamilies,
} from "./validate-service-network.js";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

export function validateService(service: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(service, "spec");
  const ports = objectsAt(spec, "ports");
  const type = textAt(spec, "type");
  const isHeadless = textAt(spec, "clusterIP") === "None";
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && type !== "ExternalName")
    errors.push(required("spec.ports"));
  if (type === "ExternalName") errors.push(...validateExternalName(textAt(spec, "externalName")));
  errors.push(...validateServicePorts(ports));
  for (const [key, value] of Object.entries(objectAt(spec, "selector"))) {
    errors.push(
      ...checkQualifiedName(key).map((detail) => invalid("spec.selector", key, detail)),
      ...checkLabelValue(String(value)).map((detail) => invalid("spec.selector", value, detail)),
    );
  }
  errors.push(
    ...supported(spec, "sessionAffinity", "spec", ["ClientIP", "None"]),
    ...validateAffinityTime(spec),
    ...validateFamilies(spec, type),
    ...validateExternalIps(spec),
    ...supported(spec, "type", "spec", TYPES),
  );
  if (type === "ClusterIP") {
    for (const [index, port] of ports.entries()) {
      if ((numberAt(port, "nodePort") ?? 0) !== 0) {
        errors.push(
          forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"),
        );
      }
    }
  }
  errors.push(
    ...validateDuplicatePorts(ports),
    ...validateExternalTraffic(spec, type),
    ...validateBalancer(spec, type),
  );
  if (old === undefined) return errors;
  // An address is allocated before anything else is asked: what is none is all that is said.
  const isNoAddress = (error: FieldError): boolean =>
    error.field === "spec.clusterIPs[0]" && error.detail.startsWith("must be a valid IP address");
  const addressErrors = errors.filter(isNoAddress);
  return addressErrors.length > 0
    ? addressErrors
    : [...errors, ...validateServiceUpdate(spec, objectAt(old, "spec"))];
}

function validateExternalName(name: string): FieldError[] {
  if (name === "") return [required("spec.externalName")];
  return checkDns1123Subdomain(name.replace(/\.$/, "")).map((detail) =>
    invalid("spec.externalName", name, detail),
  );
}

function validateServicePorts(ports: readonly JsonObject[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `spec.ports[${index}]`;
    const name = textAt(port, "name");
    const errors: FieldError[] = [];
    if (name === "") {
      if (ports.length > 1) errors.push(required(`${field}.name`));
    } else {
      errors.push(
        ...checkDns1123Label(name).map((detail) => invalid(`${field}.name`, name, detail)),
      );
      if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
      names.add(name);
    }
    errors.push(...validatePort(numberAt(port, "port") ?? 0, `${field}.port`));
    errors.push(...supported(port, "protocol", field, ["SCTP", "TCP", "UDP"]));
    const target = port["targetPort"];
    if (typeof target === "number") errors.push(...validatePort(target, `${field}.targetPort`));
    else if (typeof target === "string") {
      errors.push(
        ...checkPortName(target).map((detail) => invalid(`${field}.targetPort`, target, detail)),
      );
    }
    const protocol = textAt(port, "appProtocol");
    if (protocol !== "")
      errors.push(
        ...checkQualifiedName(protocol).map((detail) =>
          invalid(`${field}.appProtocol`, protocol, detail),
        ),
      );
    return errors;
  });
}

function validateDuplicatePorts(ports: readonly JsonObject[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const { protocol = "", port: number = 0 } = port;
    const key = `${String(protocol)}/${String(number)}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    // The real server prints its own structure, of which these two fields are filled.
    const value = goStruct({
      Name: "",
      Protocol: protocol,
      AppProtocol: null,
      Port: number,
      TargetPort: 0,
      NodePort: 0,
    });
    return [duplicate(`spec.ports[${index}]`, value)];
  });
}

function validateExternalTraffic(spec: JsonObject, type: string): FieldError[] {
  const policy = textAt(spec, "externalTrafficPolicy");
  if (policy === "") return [];
  if (type !== "NodePort" && type !== "LoadBalancer" && textsAt(spec, "externalIPs").length === 0) {
    return [
      invalid(
        "spec.externalTrafficPolicy",
        policy,
        "may only be set for externally-accessible services",
      ),
    ];
  }
  return ["Cluster", "Local"].includes(policy)
    ? []
    : [notSupported("spec.externalTrafficPolicy", policy, ["Cluster", "Local"])];
}

function validateServiceUpdate(spec: JsonObject, old: JsonObject): FieldError[] {
  return [...validateKeptAddress(spec, old), ...validateKeptClass(spec, old)];
}

function validateKeptClass(spec: JsonObject, old: JsonObject): FieldError[] {
  const isBalanced = (of: JsonObject): boolean => textAt(of, "type") === "LoadBalancer";
  const given = textAt(spec, "loadBalancerClass");
  if (!isBalanced(spec) || !isBalanced(old) || given === textAt(old, "loadBalancerClass"))
    return [];
  return [
    invalid("spec.loadBalancerClass", given === "" ? null : given, "may not change once set"),
  ];
}

function validateKeptAddress(spec: JsonObject, old: JsonObject): FieldError[] {
  const [before = ""] = textsAt(old, "clusterIPs");
  const addresses = textsAt(spec, "clusterIPs");
  const isExternal =
    textAt(spec, "type") === "ExternalName" || textAt(old, "type") === "ExternalName";
  const [now = ""] = addresses;
  if (isExternal || before === "" || now === before) return [];
  return [invalid("spec.clusterIPs[0]", addresses, "may not change once set")];
}
