import type { JsonObject } from "../schema/json.js";
import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  setDefault,
  textAt,
} from "./json-access.js";

/** ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings. In place. */
export function defaultPolicy(policy: JsonObject): void {
  const spec = ensureObjectAt(policy, "spec");
  if (!textAt(policy, "kind").endsWith("Binding")) setDefault(spec, "failurePolicy", "Fail");
  for (const key of ["matchConstraints", "matchResources"]) {
    const match = optionalObjectAt(spec, key);
    if (match === undefined) continue;
    setDefault(match, "matchPolicy", "Equivalent");
    ensureObjectAt(match, "namespaceSelector");
    ensureObjectAt(match, "objectSelector");
    for (const rules of ["resourceRules", "excludeResourceRules"])
      for (const rule of objectsAt(match, rules)) setDefault(rule, "scope", "*");
  }
}

/** ValidatingWebhookConfiguration, MutatingWebhookConfiguration. In place. */
export function defaultWebhooks(kind: string, configuration: JsonObject): void {
  for (const webhook of objectsAt(configuration, "webhooks")) {
    setDefault(webhook, "failurePolicy", "Fail");
    setDefault(webhook, "matchPolicy", "Equivalent");
    ensureObjectAt(webhook, "namespaceSelector");
    ensureObjectAt(webhook, "objectSelector");
    setDefault(webhook, "timeoutSeconds", 10);
    if (kind === "MutatingWebhookConfiguration") setDefault(webhook, "reinvocationPolicy", "Never");
    const service = optionalObjectAt(objectAt(webhook, "clientConfig"), "service");
    if (service !== undefined) setDefault(service, "port", 443);
    for (const rule of objectsAt(webhook, "rules")) setDefault(rule, "scope", "*");
  }
}
