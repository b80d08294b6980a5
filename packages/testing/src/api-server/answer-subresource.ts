import type { ApiRequest, ApiResponse } from "./api-request.js";
import { answerNodeConnection } from "../node-connections/answer-node-connection.js";
import { answerComponentStatuses } from "./component-statuses.js";
import { createToken } from "./create-token.js";
import { finalizeNamespace } from "./finalize-namespace.js";
import { inForm } from "./in-form.js";
import type { Negotiated } from "./negotiate.js";
import { bindPod } from "./bind-pod.js";
import { evictPod } from "./evict-pod.js";
import { updatePodPart } from "./update-pod-part.js";
import { writeTargetOf } from "./query-options.js";
import { refuse } from "./refusal.js";
import { listMetaOf, representObject } from "./represent.js";
import type { ResourcePath } from "./resource-request-path.js";
import { readScale, writeScale } from "./scale-object.js";
import type { ServerContext } from "./server-context.js";
import { tableOf } from "./tables.js";
import { scaleTable } from "../tables/scale-table.js";
import { requestedKey } from "./write-target.js";

const SUCCESS = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  code: 201,
};

/**
 * Answers what is not read and written like the object itself; undefined for an object and its status.
 */
export function answerSubresource(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse | undefined {
  const { resource, subresource } = path;
  if (resource.storageKey === "/bindings") {
    bindPod(request, writeTargetOf(request, path), context);
    return inForm(SUCCESS, 201, form);
  }
  if (resource.storageKey === "/componentstatuses")
    return answerComponentStatuses(request, path, form, context);
  if (subresource === "" || subresource === "status") return undefined;
  const isRead = request.method === "GET";
  switch (`${resource.storageKey}/${subresource}`) {
    case "/pods/binding":
      bindPod(request, writeTargetOf(request, path), context);
      return inForm(SUCCESS, 201, form);
    case "/pods/eviction":
      evictPod(request, writeTargetOf(request, path), context);
      return inForm(SUCCESS, 201, form);
    case "/pods/ephemeralcontainers":
    case "/pods/resize":
      if (isRead) return undefined;
      return inForm(
        updatePodPart(request, writeTargetOf(request, path), context).object,
        200,
        form,
      );
    case "/namespaces/finalize":
      return inForm(
        finalizeNamespace(request, writeTargetOf(request, path), context).object,
        200,
        form,
      );
    case "/serviceaccounts/token":
      return inForm(createToken(request, writeTargetOf(request, path), context), 201, form);
    case "certificates.k8s.io/certificatesigningrequests/approval":
      return undefined;
    default:
      if (subresource !== "scale") {
        const connected = answerNodeConnection(request, path, context);
        if (connected !== undefined) return connected;
        throw refuse.notServed(`${resource.plural}/${subresource}`);
      }
      return answerScale(request, path, form, context);
  }
}

function answerScale(
  request: ApiRequest,
  path: ResourcePath,
  form: Negotiated,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace, name = "" } = path;
  const stored = context.store.get(resource.storageKey, requestedKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(resource, name);
  const scale =
    request.method === "GET"
      ? readScale(stored, resource)
      : writeScale(request, writeTargetOf(request, path), context).object;
  const options = { nowMs: context.clock.now(), includeObject: "Metadata" };
  const body =
    form.representation === "table"
      ? tableOf([scale], scaleTable(resource.isCustom), listMetaOf(scale), options)
      : representObject(scale, resource, form.representation, options);
  return inForm(body, 200, form);
}
