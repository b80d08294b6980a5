import { createHmac } from "node:crypto";
import { formatTime } from "@kvop/core";
import { shapeBuiltIn } from "../admission/shape-built-in.js";
import { schemaNode } from "../apply/open-api-schema-node.js";
import { builtInSchema } from "../built-in/built-in-resources.js";
import { isJsonObject, type JsonObject } from "../schema/json.js";
import type { OpenApiSchema } from "../schema/open-api-schema.js";
import type { ApiRequest } from "./api-request.js";
import { decodeObject } from "./decode-object.js";
import { ownedBy } from "./field-ownership.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, storeKey, type WriteTarget } from "./write-target.js";

const DEFAULT_SECONDS = 3600;
const AUDIENCE = "https://kubernetes.default.svc.cluster.local";

/** Gives out a token of a service account (`serviceaccounts/token`). This server takes it as a bearer token. */
export function createToken(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): JsonObject {
  const { resource, namespace, name = "" } = target;
  const account = context.store.get(resource.storageKey, storeKey(namespace, name));
  if (account === undefined) throw refuse.notFound(resource, name);
  const requestResource = tokenResource(resource);
  const decoded = decodeObject(readValue(request) ?? null, requestResource);
  const { object } = decoded;
  const spec: JsonObject = isJsonObject(object["spec"]) ? object["spec"] : {};
  const seconds = Number(spec["expirationSeconds"] ?? DEFAULT_SECONDS);
  object["spec"] = { ...spec, expirationSeconds: seconds };
  if (seconds < 600) {
    throw refuse.invalid({ group: "authentication.k8s.io", plural: "", kind: "TokenRequest" }, "", [
      {
        type: "FieldValueInvalid",
        field: "spec.expirationSeconds",
        badValue: seconds,
        detail: "may not specify a duration less than 10 minutes",
      },
    ]);
  }
  const managedFields = ownedBy(
    object,
    undefined,
    { ...target, resource: requestResource },
    context,
  );
  const now = context.clock.now();
  const audiences = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [AUDIENCE];
  const expiresAt = now + seconds * 1000;
  const username = `system:serviceaccount:${namespace}:${name}`;
  const uid = String(metadataOf(account)["uid"] ?? "");
  const token = tokenOf(
    {
      aud: audiences,
      exp: Math.floor(expiresAt / 1000),
      iat: Math.floor(now / 1000),
      iss: AUDIENCE,
      jti: context.random.uuid(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      nbf: Math.floor(now / 1000),
      sub: username,
    },
    context,
  );
  context.addToken(token, {
    username,
    uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  });
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, uid, creationTimestamp: formatTime(now), managedFields },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec["boundObjectRef"] ?? null },
    status: { token, expirationTimestamp: formatTime(expiresAt) },
  };
}

function tokenResource(accounts: ServedResource): ServedResource {
  const found = builtInSchema("authentication.k8s.io", "v1", "TokenRequest");
  return {
    ...accounts,
    group: "authentication.k8s.io",
    version: "v1",
    kind: "TokenRequest",
    hasStatus: false,
    blank: shapeBuiltIn({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" }).object,
    mergeSchema: schemaNode(
      found?.schema as OpenApiSchema | undefined,
      (reference) => found?.resolveRef(reference) as OpenApiSchema | undefined,
    ),
  };
}

/** A JSON Web Token in form: the server knows it by itself, not by its signature. */
function tokenOf(claims: object, { random }: ServerContext): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", random.bytes(32)).update(signed).digest("base64url")}`;
}
