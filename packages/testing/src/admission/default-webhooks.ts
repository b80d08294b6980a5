import type { JsonObject } from "../schema/json.js";
import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  setDefault,
} from "./json-access.js";

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
