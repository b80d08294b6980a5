import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../schema/json.js";
import { goQuote } from "../schema/go-format.js";
import { everything, type Selector } from "./selector.js";
import { refuse } from "./refusal.js";

/** Fields by which a built-in resource can be selected besides name and namespace. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  "/pods": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  "/events": [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "events.k8s.io/events": [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
  ],
  "/secrets": ["type"],
  "/namespaces": ["status.phase"],
  "/nodes": ["spec.unschedulable"],
  "/services": ["spec.clusterIP", "spec.type"],
  "/replicationcontrollers": ["status.replicas"],
  "batch/jobs": ["status.successful"],
  "certificates.k8s.io/certificatesigningrequests": ["spec.signerName"],
  "certificates.k8s.io/clustertrustbundles": ["spec.signerName"],
  "certificates.k8s.io/podcertificaterequests": [
    "spec.signerName",
    "spec.podName",
    "spec.nodeName",
  ],
  "resource.k8s.io/resourceslices": ["spec.nodeName", "spec.driver", "spec.pool.name"],
};

/** Resources that are not selected by namespace: those with fields of their own say all that they take. */
const WITHOUT_NAMESPACE: ReadonlySet<string> = new Set([
  "/namespaces",
  "/nodes",
  "certificates.k8s.io/certificatesigningrequests",
  "certificates.k8s.io/clustertrustbundles",
  "certificates.k8s.io/podcertificaterequests",
  "resource.k8s.io/resourceslices",
]);

/** What a field is compared as when the object does not say it. */
const IMPLIED: Readonly<Record<string, string>> = {
  "spec.hostNetwork": "false",
  "spec.unschedulable": "false",
};

interface SelectedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isCustom: boolean;
  readonly namespaced: boolean;
  readonly selectableFields: readonly string[];
}

/** One term of a field selector. */
export interface FieldTerm {
  readonly field: string;
  readonly isNegated: boolean;
  readonly value: string;
}

/**
 * The terms of a field selector (`metadata.name=a,status.phase!=Running`), sorted, as the real server reads them. One that
 * says nothing at all does not count.
 *
 * @throws ApiError BadRequest when it is none.
 */
export function readFieldSelector(text: string): readonly FieldTerm[] {
  return splitTerms(text)
    .toSorted()
    .filter((term) => term !== "")
    .map((term) => {
      const [, field = "", operator, escaped = ""] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? [];
      if (operator === undefined) {
        throw refuse.badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      }
      return { field, isNegated: operator === "!=", value: unescapeValue(escaped) };
    })
    .filter(({ field, value }) => field !== "" || value !== "");
}

/** @throws ApiError BadRequest when a term names a field that the resource does not offer. */
export function selectFields(terms: readonly FieldTerm[], resource: SelectedResource): Selector {
  if (terms.length === 0) return everything;
  for (const { field } of terms) checkField(field, resource);
  return (object) =>
    terms.every(({ field, isNegated, value }) => (fieldOf(object, field) === value) !== isNegated);
}

function checkField(field: string, resource: SelectedResource): void {
  const { group, version, plural, kind, isCustom, selectableFields } = resource;
  const id = `${group}/${plural}`;
  if (field === "metadata.name") return;
  if (field === "metadata.namespace" && (isCustom || !WITHOUT_NAMESPACE.has(id))) return;
  const offered = isCustom ? selectableFields : SELECTABLE[id];
  if (offered?.includes(field) === true) return;
  if (isCustom) throw refuse.badRequest(`field label not supported: ${field}`);
  if (offered === undefined) {
    throw refuse.badRequest(
      `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  if (kind === "Job")
    throw refuse.badRequest(`field label ${goQuote(field)} not supported for Job`);
  const ofKind = kind === "ResourceSlice" ? ` for ${group}/${version}, Kind=${kind}` : "";
  throw refuse.badRequest(`field label not supported${ofKind}: ${field}`);
}

/** Splits at commas that are not escaped. */
function splitTerms(text: string): string[] {
  const terms = [""];
  for (const [piece] of text.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === ",") terms.push("");
    else terms[terms.length - 1] += piece;
  }
  return terms;
}

function unescapeValue(text: string): string {
  return text.replaceAll(/\\[^]?|[=,]/gu, (piece) => {
    if (piece === "=" || piece === ",") {
      throw refuse.badRequest(
        `invalid field selector: unescaped character in value: ${piece.charCodeAt(0)}`,
      );
    }
    const escaped = piece.slice(1);
    if (escaped !== "" && "\\,=".includes(escaped)) return escaped;
    throw refuse.badRequest(`invalid field selector: invalid escape sequence: ${piece}`);
  });
}

function fieldOf(object: JsonObject, path: string): string {
  let value: JsonValue | undefined = object;
  for (const part of path.split("."))
    value = isJsonObject(value) ? ownValue(value, part) : undefined;
  if (value === undefined || value === null) return IMPLIED[path] ?? "";
  if (path === "status.podIPs" && Array.isArray(value))
    return value.map((each) => (isJsonObject(each) ? String(each["ip"] ?? "") : "")).join(",");
  return String(value);
}
