import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
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
};

/** What a field is compared as when the object does not say it. */
const IMPLIED: Readonly<Record<string, string>> = {
  "spec.hostNetwork": "false",
  "spec.unschedulable": "false",
};

interface SelectedResource {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly isCustom: boolean;
  readonly namespaced: boolean;
  readonly selectableFields: readonly string[];
}

/**
 * A field selector: `metadata.name=a,status.phase!=Running`.
 *
 * @throws ApiError BadRequest when it is none, or names a field that the resource does not offer.
 */
export function parseFieldSelector(text: string, resource: SelectedResource): Selector {
  if (text.trim() === "") return everything;
  const tests = splitTerms(text)
    .filter((term) => term !== "")
    .map((term) => testOf(term, resource));
  return (object) => tests.every((matches) => matches(object));
}

/** The one name that a field selector lets through; undefined when it lets several through. It need not be valid. */
export function nameSelected(text: string): string | undefined {
  for (const term of splitTerms(text)) {
    const [, escaped] = /^metadata\.name==?(.*)$/s.exec(term) ?? [];
    if (escaped !== undefined) return escaped.replaceAll(/\\([\s\S])/g, "$1");
  }
  return undefined;
}

function testOf(term: string, resource: SelectedResource): Selector {
  const [, field = "", operator, escaped = ""] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? [];
  if (operator === undefined) {
    throw refuse.badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  const wanted = unescapeValue(escaped);
  checkField(field, resource);
  return (object) => (fieldOf(object, field) === wanted) === (operator !== "!=");
}

function checkField(field: string, resource: SelectedResource): void {
  const { group, plural, kind, isCustom, selectableFields } = resource;
  if (field === "metadata.name" || field === "metadata.namespace") return;
  const offered = isCustom ? selectableFields : SELECTABLE[`${group}/${plural}`];
  if (offered?.includes(field) === true) return;
  if (isCustom) throw refuse.badRequest(`field label not supported: ${field}`);
  if (offered === undefined) {
    throw refuse.badRequest(
      `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  throw refuse.badRequest(
    kind === "Job"
      ? `field label "${field}" not supported for Job`
      : `field label not supported: ${field}`,
  );
}

/** Splits at commas that are not escaped. */
function splitTerms(text: string): string[] {
  return text.match(/(?:\\[\s\S]|[^,\\])+|(?<=,)(?=,)/g) ?? [];
}

function unescapeValue(text: string): string {
  const bare = text.replaceAll(/\\[\s\S]/g, "");
  const unescaped = /[=,]/.exec(bare)?.[0];
  if (unescaped !== undefined) {
    throw refuse.badRequest(
      `invalid field selector: unescaped character in value: ${unescaped.charCodeAt(0)}`,
    );
  }
  return text.replaceAll(/\\([\s\S])/g, "$1");
}

function fieldOf(object: JsonObject, path: string): string {
  let value: JsonValue | undefined = object;
  for (const part of path.split(".")) value = isJsonObject(value) ? value[part] : undefined;
  if (value === undefined || value === null) return IMPLIED[path] ?? "";
  if (path === "status.podIPs" && Array.isArray(value))
    return value.map((each) => (isJsonObject(each) ? String(each["ip"] ?? "") : "")).join(",");
  return String(value);
}
