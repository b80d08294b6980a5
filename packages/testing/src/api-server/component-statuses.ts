import type { JsonObject } from "../schema/json.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { inForm } from "./in-form.js";
import type { Negotiated } from "./negotiate.js";
import { selectorOf } from "./read-objects.js";
import { readListOptions } from "./list-options.js";
import { isTrue } from "./query-values.js";
import { refuse } from "./refusal.js";
import { representList, representObject } from "./represent.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { ServerContext } from "./server-context.js";

/** Of what belongs to a control plane, only the store is there. */
const COMPONENTS: readonly JsonObject[] = [
  absent("scheduler", 10_259),
  absent("controller-manager", 10_257),
  component("etcd-0", { type: "Healthy", status: "True", message: "ok" }),
];

/** Answers `componentstatuses`, which nobody stores. */
export function answerComponentStatuses(
  request: ApiRequest,
  { resource, name, isWatch }: ResourcePath,
  form: Negotiated,
  { clock }: ServerContext,
): ApiResponse {
  if (isWatch || isTrue(request.query.get("watch"))) throw refuse.watchNotSupported(resource);
  const { representation } = form;
  const includeObject = request.query.get("includeObject") ?? "Metadata";
  const options = { nowMs: clock.now(), includeObject };
  if (name === undefined) {
    const selects = selectorOf(resource, "", readListOptions(request.query, resource));
    const found = COMPONENTS.filter((each) => selects(each));
    return inForm(representList(found, {}, resource, representation, options), 200, form);
  }
  const found = COMPONENTS.find((each) => (each["metadata"] as JsonObject)["name"] === name);
  if (found === undefined)
    throw refuse.notFound({ group: "", plural: "componentstatus", kind: "" }, name);
  return inForm(representObject(found, resource, representation, options), 200, form);
}

function absent(name: string, port: number): JsonObject {
  const address = `127.0.0.1:${port}`;
  return component(name, {
    type: "Healthy",
    status: "False",
    message: `Get "https://${address}/healthz": dial tcp ${address}: connect: connection refused`,
  });
}

function component(name: string, condition: JsonObject): JsonObject {
  return {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name },
    conditions: [condition],
  };
}
