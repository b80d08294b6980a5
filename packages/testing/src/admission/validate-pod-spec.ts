import { type FieldError, notSupported } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label, checkDns1123Subdomain } from "../schema/name-rules.js";
import { between, named, supported } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateAffinity } from "./validate-affinity.js";
import { validateContainers } from "./validate-containers.js";
import {
  validateDnsConfig,
  validateHostAliases,
  validateHostNetwork,
  validateHostUsers,
} from "./validate-pod-network.js";
import { validateResources } from "./validate-resources.js";
import {
  validateNodeLabels,
  validateReadinessGates,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from "./validate-scheduling.js";
import { validatePodSecurityContext } from "./validate-security-context.js";
import { validateVolumes } from "./validate-volumes.js";

const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const SYSTEMS = ["linux", "windows"];

/** What the real server checks in every pod specification, in its order, as far as it is done here. */
export function validatePodSpec(spec: JsonObject, path: string): FieldError[] {
  return [
    ...validateVolumes(objectsAt(spec, "volumes"), `${path}.volumes`),
    ...validateContainers(spec, path),
    ...validateResources(objectAt(spec, "resources"), `${path}.resources`),
    ...validateHostNetwork(spec, path),
    ...supported(spec, "restartPolicy", path, RESTART_POLICIES),
    ...supported(spec, "dnsPolicy", path, DNS_POLICIES),
    ...validateNodeLabels(spec, path),
    ...validatePodSecurityContext(spec, path),
    ...validateAffinity(objectAt(spec, "affinity"), `${path}.affinity`),
    ...validateDnsConfig(spec, path),
    ...validateReadinessGates(spec, path),
    ...validateSchedulingGates(spec, path),
    ...validateTopologySpread(spec, path),
    ...validateHostUsers(spec, path),
    ...named(spec, "serviceAccountName", path, checkDns1123Subdomain),
    ...named(spec, "nodeName", path, checkDns1123Subdomain),
    ...validateDeadline(spec, path),
    ...named(spec, "hostname", path, checkDns1123Label),
    ...named(spec, "subdomain", path, checkDns1123Label),
    ...validateTolerations(spec, path),
    ...validateHostAliases(spec, path),
    ...validateResources({ limits: objectAt(spec, "overhead") }, `${path}.overhead`),
    ...validateSystem(spec, path),
  ];
}

function validateDeadline(spec: JsonObject, path: string): FieldError[] {
  const deadline = numberAt(spec, "activeDeadlineSeconds");
  return deadline === undefined
    ? []
    : between(deadline, 1, 2 ** 31 - 1, `${path}.activeDeadlineSeconds`);
}

/** The real server names the object, not its name. */
function validateSystem(spec: JsonObject, path: string): FieldError[] {
  const system = optionalObjectAt(spec, "os");
  if (system === undefined) return [];
  const name = textAt(system, "name");
  return SYSTEMS.includes(name) ? [] : [notSupported(`${path}.os`, name, SYSTEMS)];
}
