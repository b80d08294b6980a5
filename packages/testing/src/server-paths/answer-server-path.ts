import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { namedTypes } from "../api-server/accept-clauses.js";
import { refuse } from "../api-server/refusal.js";
import type { ServerContext } from "../api-server/server-context.js";
import { builtInVersion } from "../built-in/built-in-resources.js";
import type { JsonObject } from "../schema/json.js";
import { SERVICE_ACCOUNT_ISSUER } from "../service-accounts/service-account-issuer.js";
import { healthChecks, healthText, isHealthEndpoint } from "./health-checks.js";
import { healthMetricsText, METRICS_TYPE, metricsText } from "./metrics-text.js";
import { rootPaths } from "./root-paths.js";

const JSON_TYPE = "application/json";
const KEY_SET_TYPE = "application/jwk-set+json";
/** Paths of which the method counts: the others answer to any. */
const HAS_METHODS = new Set(["version", ".well-known/openid-configuration", "openid/v1/jwks"]);
/** Paths that are others with a slash at their end: nothing is there. */
const ENDS_WITHOUT_SLASH = new Set(["index.html", "metrics", "metrics/slis"]);
/** Keys change so seldom that clients may keep them for an hour. */
const CACHED = { "cache-control": "public, max-age=3600" };

/**
 * Answers the paths of the server itself: the index, health, metrics, version and the keys of service accounts. Undefined for
 * any other path.
 */
export function answerServerPath(
  request: ApiRequest,
  context: ServerContext,
): ApiResponse | undefined {
  const [first = ""] = request.path;
  const path = request.path.join("/");
  if (isHealthEndpoint(first)) return request.endsInSlash ? notFound() : answerHealth(request);
  if (request.endsInSlash && ENDS_WITHOUT_SLASH.has(path)) return notFound();
  if (path === "version" && request.method !== "GET") throw refuse.methodNotAllowed();
  if (HAS_METHODS.has(path) && request.method !== "GET") return undefined;
  // Whatever is below belongs to it, as far as anybody can tell.
  if (path.startsWith("version/")) throw refuse.noSuchPath();
  switch (path) {
    case "":
    case "index.html":
      return indented({ paths: rootPaths(context.registry) });
    case "version":
      checkAccept(request.accept, JSON_TYPE);
      return indented({ ...builtInVersion() });
    case "metrics":
      return text(metricsText(context), METRICS_TYPE);
    case "metrics/slis":
      return text(healthMetricsText(), METRICS_TYPE);
    case ".well-known/openid-configuration":
      return document(issuerDocument(context), JSON_TYPE, request.accept);
    case "openid/v1/jwks":
      return document(context.serviceAccounts.keySet(), KEY_SET_TYPE, request.accept);
    default:
      return undefined;
  }
}

function answerHealth({ path: [endpoint = "", ...rest], query }: ApiRequest): ApiResponse {
  if (!isHealthEndpoint(endpoint)) return notFound();
  const check = rest.join("/");
  if (check !== "") return healthChecks(endpoint).includes(check) ? text("ok") : notFound();
  const excluded = query.getAll("exclude").filter((name) => name !== "");
  return text(healthText(endpoint, { verbose: query.has("verbose"), excluded }));
}

/** What a relying party has to know of the tokens (OpenID Connect Discovery 1.0). */
function issuerDocument({ address }: ServerContext): JsonObject {
  const { host, port } = address();
  return {
    issuer: SERVICE_ACCOUNT_ISSUER,
    jwks_uri: `https://${host}:${port}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}

function document(body: JsonObject, type: string, accept: string): ApiResponse {
  checkAccept(accept, type);
  return text(JSON.stringify(body), type, CACHED);
}

function checkAccept(accept: string, type: string): void {
  const wanted = namedTypes(accept);
  if (accept !== "" && ![type, "*/*"].some((each) => wanted.includes(each)))
    throw refuse.noRepresentation(type);
}

const notFound = (): ApiResponse => ({ type: "text", status: 404, body: "404 page not found\n" });

function text(
  body: string,
  contentType?: string,
  headers?: Readonly<Record<string, string>>,
): ApiResponse {
  return {
    type: "text",
    status: 200,
    body,
    ...(contentType === undefined ? {} : { contentType }),
    ...(headers === undefined ? {} : { headers }),
  };
}

const indented = (body: JsonObject): ApiResponse =>
  text(JSON.stringify(body, undefined, 2), JSON_TYPE);
