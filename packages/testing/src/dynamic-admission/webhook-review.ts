import { objectAt, optionalObjectAt, textAt, textsAt } from "../admission/json-access.js";
import { inVersion } from "../api-server/in-version.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { AdmittedWrite, GroupVersionKind } from "./admitted-write.js";

const GROUP = "admission.k8s.io";

/** What a webhook said. */
export interface ReviewAnswer {
  readonly isAllowed: boolean;
  readonly status: JsonObject;
  readonly warnings: readonly string[];
  readonly patch: string | undefined;
  readonly patchType: string;
}

/** Why a webhook's answer counts for nothing. */
export class ReviewError extends Error {}

/** The `request` of an AdmissionReview, without its uid. */
export function reviewRequest(write: AdmittedWrite, resource: ServedResource): JsonObject {
  const { subresource, kind, name, namespace, operation, user, dryRun } = write;
  const isSame = resource === write.resource;
  const convert = (object: JsonObject | undefined): JsonValue =>
    object === undefined ? null : isSame ? object : inVersion(object, resource);
  const requestKind = asJson(kind);
  return {
    kind: isSame ? requestKind : asJson({ ...resource }),
    resource: resourceJson(resource),
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind,
    requestResource: resourceJson(write.resource),
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.username,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: [...user.groups],
      ...(user.extra === undefined ? {} : { extra: user.extra as unknown as JsonObject }),
    },
    object: convert(write.object),
    oldObject: convert(write.old),
    dryRun,
    options: write.options ?? null,
  };
}

const asJson = ({ group, version, kind }: GroupVersionKind): JsonObject => ({
  group,
  version,
  kind,
});
const resourceJson = ({ group, version, plural }: ServedResource): JsonObject => ({
  group,
  version,
  resource: plural,
});

export function reviewText(request: JsonObject, uid: string, version: string): string {
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: `${GROUP}/${version}`,
    request: { uid, ...request },
  });
}

/** Reads a webhook's answer. @throws ReviewError when it is none. */
export function readReview(text: string, uid: string, version: string): ReviewAnswer {
  const review = parse(text);
  const apiVersion = textAt(review, "apiVersion");
  const kind = textAt(review, "kind");
  const response = optionalObjectAt(review, "response");
  const wanted = `${GROUP}/${version}`;
  if (kind === "AdmissionReview" && apiVersion !== wanted && apiVersion.startsWith(`${GROUP}/`)) {
    const given = apiVersion.split("/")[1] ?? "";
    throw new ReviewError(
      `failed to call webhook: converting (${given}.AdmissionReview) to (${version}.AdmissionReview): unknown conversion`,
    );
  }
  if (response === undefined) throw invalidAnswer("webhook response was absent");
  if (version === "v1beta1") return answerOf(response, textAt(response, "patch") !== "");
  if (apiVersion !== wanted || kind !== "AdmissionReview") {
    const shown = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    throw invalidAnswer(
      `expected webhook response of ${wanted}, Kind=AdmissionReview, got ${shown}, Kind=${kind}`,
    );
  }
  const given = textAt(response, "uid");
  if (given !== uid)
    throw invalidAnswer(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`,
    );
  const patchType = optionalText(response, "patchType");
  const hasPatch = textAt(response, "patch") !== "";
  if (!hasPatch && patchType !== undefined)
    throw invalidAnswer("webhook returned response.patchType but not response.patch");
  if (hasPatch && patchType === undefined)
    throw invalidAnswer("webhook returned response.patch but not response.patchType");
  return answerOf(response, hasPatch);
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What is no JSON is read as YAML there, where almost everything is a text.
    value = text;
  }
  if (isJsonObject(value)) return value;
  throw new ReviewError(
    `failed to call webhook: couldn't get version/kind; json parse error: json: cannot unmarshal ${goJsonKind(value as JsonValue)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  );
}

const invalidAnswer = (why: string): ReviewError =>
  new ReviewError(`received invalid webhook response: ${why}`);

const optionalText = (object: JsonObject, key: string): string | undefined =>
  typeof object[key] === "string" ? object[key] : undefined;

function answerOf(response: JsonObject, hasPatch: boolean): ReviewAnswer {
  return {
    isAllowed: response["allowed"] === true,
    status: objectAt(response, "status"),
    warnings: textsAt(response, "warnings"),
    patchType: textAt(response, "patchType") || "JSONPatch",
    patch: hasPatch ? Buffer.from(textAt(response, "patch"), "base64").toString("utf8") : undefined,
  };
}
