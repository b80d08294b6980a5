import { optionalObjectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { notSupported, required, type WebhookCause } from "./webhook-refusal.js";

const POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/** Where the launcher Pod asks for names. */
export function validateNameService(path: string, spec: JsonObject): WebhookCause[] {
  const policy = textAt(spec, "dnsPolicy");
  if (policy !== "" && !POLICIES.includes(policy)) {
    return [
      notSupported(
        `DNSPolicy: ${policy} is not supported, valid values: [${POLICIES.join(" ")} ]`,
        `${path}.dnsPolicy`,
      ),
    ];
  }
  if (policy !== "None") return [];
  const config = optionalObjectAt(spec, "dnsConfig");
  const field = `${path}.dnsConfig`;
  if (config === undefined) {
    return [required("must provide `dnsConfig` when `dnsPolicy` is None", field)];
  }
  const servers = config["nameservers"];
  return Array.isArray(servers) && servers.length > 0
    ? []
    : [
        required(
          "must provide at least one DNS nameserver when `dnsPolicy` is None",
          "nameservers",
        ),
      ];
}
