import { formatTime } from "@kvop/core";
import { numberAt, objectAt, objectsAt, textAt, valuesAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import { copyJson, type JsonObject } from "../schema/json.js";

const RESOURCE = {
  group: "certificates.k8s.io",
  plural: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
};
const MIN_SECONDS = 600;
/** Once they are there, they stay. */
const LASTING = ["Approved", "Denied", "Failed"];
const SIGNER =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+\/[a-zA-Z0-9]([-a-zA-Z0-9._]*[a-zA-Z0-9])?$/;

/**
 * Says in a new CertificateSigningRequest who has made it, keeps what an update may not change, and stamps conditions. In place.
 *
 * @throws ApiError Invalid
 */
export function admitSigningRequest(request: AdmissionRequest, nowMs: number): void {
  const { group, plural, operation, object, oldObject } = request;
  if (group !== RESOURCE.group || plural !== RESOURCE.plural || operation === "DELETE") return;
  let errors: FieldError[];
  if (oldObject === undefined) {
    const { username, uid, groups, extra } = request.user;
    const { username: _1, uid: _2, groups: _3, extra: _4, ...asked } = objectAt(object, "spec");
    errors = specErrors(asked);
    object["spec"] = {
      ...asked,
      username,
      ...(uid === undefined ? {} : { uid }),
      groups: [...groups],
      ...(extra === undefined ? {} : { extra: copyJson(extra as unknown as JsonObject) }),
    };
  } else {
    object["spec"] = copyJson(objectAt(oldObject, "spec"));
    errors = changeStatus(request, oldObject, nowMs);
  }
  const name = textAt(objectAt(object, "metadata"), "name");
  if (errors.length > 0) throw refuse.invalid(RESOURCE, name, errors);
}

function specErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const text = textAt(spec, "request");
  const pem = Buffer.from(text, "base64").toString("latin1");
  if (!pem.includes("-----BEGIN CERTIFICATE REQUEST-----"))
    errors.push(invalid("spec.request", text, "PEM block type must be CERTIFICATE REQUEST"));
  if (valuesAt(spec, "usages").length === 0) errors.push(required("spec.usages"));
  const signer = textAt(spec, "signerName");
  if (!SIGNER.test(signer)) {
    errors.push(
      invalid(
        "spec.signerName",
        signer,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  }
  const seconds = numberAt(spec, "expirationSeconds");
  if (seconds !== undefined && seconds < MIN_SECONDS) {
    errors.push(
      invalid(
        "spec.expirationSeconds",
        seconds,
        "may not specify a duration less than 600 seconds (10 minutes)",
      ),
    );
  }
  return errors;
}

/** Approvals are written by their own subresource, certificates by the status. */
function changeStatus(
  { subresource, object }: AdmissionRequest,
  oldObject: JsonObject,
  nowMs: number,
): FieldError[] {
  const old = objectAt(oldObject, "status");
  if (subresource === "") {
    object["status"] = copyJson(old);
    return [];
  }
  const status = objectAt(object, "status");
  if (subresource === "approval")
    object["status"] = { ...copyJson(old), conditions: status["conditions"] ?? [] };
  const next = objectAt(object, "status");
  stampConditions(next, nowMs);
  return [...conditionErrors(next, old), ...certificateErrors(next)];
}

function stampConditions(status: JsonObject, nowMs: number): void {
  const time = formatTime(nowMs);
  for (const condition of objectsAt(status, "conditions")) {
    condition["lastUpdateTime"] ??= time;
    condition["lastTransitionTime"] ??= time;
  }
}

function conditionErrors(status: JsonObject, old: JsonObject): FieldError[] {
  const types = new Set(objectsAt(status, "conditions").map((each) => textAt(each, "type")));
  return objectsAt(old, "conditions")
    .map((each) => textAt(each, "type"))
    .filter((type) => LASTING.includes(type) && !types.has(type))
    .map((type) =>
      forbidden("status.conditions", `updates may not remove a condition of type "${type}"`),
    );
}

function certificateErrors(status: JsonObject): FieldError[] {
  const certificate = textAt(status, "certificate");
  if (certificate === "") return [];
  const pem = Buffer.from(certificate, "base64").toString("latin1");
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return [];
  return [
    invalid(
      "status.certificate",
      "<certificate data>",
      "must contain at least one CERTIFICATE PEM block",
    ),
  ];
}
