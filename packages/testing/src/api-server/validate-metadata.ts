import {
  type FieldError,
  forbidden,
  invalid,
  required,
  typeInvalid,
} from "../schema/field-error.js";
import { GoLiteral, goQuote } from "../schema/go-format.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPathSegment,
  checkQualifiedName,
  type NameRule,
} from "../schema/name-rules.js";
import type { ServedResource } from "./resource-registry.js";

/** All annotations of an object together, as the real API server limits them. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Finalizers of the core group that have no domain in their name. */
const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** What is wrong with an object's metadata, in the order and words of the real API server. */
export function validateMetadata(
  metadata: JsonObject,
  resource: ServedResource,
  {
    stored,
    spec = {},
  }: { readonly stored?: JsonObject | undefined; readonly spec?: JsonObject | undefined } = {},
): FieldError[] {
  const rule = nameRuleOf(resource, spec);
  return [
    ...prefixErrors(metadata["generateName"], rule),
    ...nameErrors(metadata["name"], rule),
    ...labelErrors(metadata["labels"]),
    ...annotationErrors(metadata["annotations"]),
    ...finalizerErrors(metadata["finalizers"], resource),
    ...(stored === undefined ? [] : addedFinalizerErrors(metadata, stored)),
    ...ownerErrors(metadata["ownerReferences"]),
  ];
}

/** What is being deleted can no longer be held by somebody new. */
function addedFinalizerErrors(metadata: JsonObject, stored: JsonObject): FieldError[] {
  const old = stored["metadata"] as JsonObject;
  if (old["deletionTimestamp"] === undefined) return [];
  const before = new Set((old["finalizers"] ?? []) as string[]);
  const added = ((metadata["finalizers"] ?? []) as string[]).filter((name) => !before.has(name));
  if (added.length === 0) return [];
  const shown = `[]string{${added.map(goQuote).join(", ")}}`;
  return [
    forbidden(
      "metadata.finalizers",
      `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
    ),
  ];
}

function nameErrors(name: JsonValue | undefined, rule: NameRule): FieldError[] {
  if (typeof name !== "string" || name === "") {
    return [required("metadata.name", "name or generateName is required")];
  }
  // Of names alone the real server counts characters.
  return rule(name).map((detail) =>
    invalid("metadata.name", name, detail.replace(/(no more than \d+) bytes/, "$1 characters")),
  );
}

/** A name that begins so is made: a dash at its end is followed by something. */
function prefixErrors(prefix: JsonValue | undefined, rule: NameRule): FieldError[] {
  if (typeof prefix !== "string" || prefix === "") return [];
  const begun = prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix;
  return rule(begun).map((detail) =>
    invalid(
      "metadata.generateName",
      prefix,
      detail.replace(/(no more than \d+) bytes/, "$1 characters"),
    ),
  );
}

function nameRuleOf({ group, plural }: ServedResource, spec: JsonObject): NameRule {
  if (group === "certificates.k8s.io" && plural === "clustertrustbundles")
    return (name) => checkBundleName(name, spec["signerName"]);
  if (group === "rbac.authorization.k8s.io") return checkPathSegment;
  // Its Pods' names are host names.
  if (group === "apps" && plural === "statefulsets") return checkShortName;
  if (group !== "") return checkDns1123Subdomain;
  if (plural === "namespaces" || plural === "services") {
    return checkShortName;
  }
  return checkDns1123Subdomain;
}

/** A bundle of a signer begins with its name; other ones have no colon. */
function checkBundleName(name: string, signer: JsonValue | undefined): string[] {
  if (typeof signer !== "string" || signer === "") {
    return name.includes(":")
      ? ['ClusterTrustBundle without signer name must not have ":" in its name']
      : checkDns1123Subdomain(name);
  }
  const prefix = `${signer.replaceAll("/", ":")}:`;
  return name.startsWith(prefix)
    ? checkDns1123Subdomain(name.slice(prefix.length))
    : [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`];
}

/** A label; where dots alone keep a name from being one, it is told so. */
const checkShortName: NameRule = (text) =>
  text.includes(".") && checkDns1123Label(text.replaceAll(".", "")).length === 0
    ? ["must not contain dots"]
    : checkDns1123Label(text);

function labelErrors(labels: JsonValue | undefined): FieldError[] {
  const field = "metadata.labels";
  return sortedEntries(labels).flatMap(([key, value]) => {
    const keyErrors = checkQualifiedName(key).map((detail) => invalid(field, key, detail));
    if (typeof value !== "string") {
      return [...keyErrors, typeInvalid(field, value, "must be of type string")];
    }
    return [...keyErrors, ...checkLabelValue(value).map((detail) => invalid(field, value, detail))];
  });
}

function annotationErrors(annotations: JsonValue | undefined): FieldError[] {
  const field = "metadata.annotations";
  const entries = sortedEntries(annotations);
  const errors = entries.flatMap(([key]) =>
    checkQualifiedName(key.toLowerCase()).map((detail) => invalid(field, key, detail)),
  );
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  if (bytes > MAX_ANNOTATION_BYTES) {
    errors.push({
      type: "FieldValueTooLong",
      field,
      detail: `may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
    });
  }
  return errors;
}

function finalizerErrors(
  finalizers: JsonValue | undefined,
  resource: ServedResource,
): FieldError[] {
  const all = Array.isArray(finalizers)
    ? finalizers.filter((each) => typeof each === "string")
    : [];
  const errors = all.flatMap((name) =>
    checkQualifiedName(name).map((detail) => invalid("metadata.finalizers", name, detail)),
  );
  if (resource.group === "") {
    for (const [index, name] of all.entries()) {
      if (name.includes("/") || STANDARD_FINALIZERS.has(name)) continue;
      errors.push(
        invalid(
          `metadata.finalizers[${index}]`,
          name,
          "name is neither a standard finalizer name nor is it fully qualified",
        ),
      );
    }
  }
  if (all.includes("orphan") && all.includes("foregroundDeletion")) {
    errors.push(
      invalid(
        "metadata.finalizers",
        all,
        "finalizer orphan and foregroundDeletion cannot be both set",
      ),
    );
  }
  return errors;
}

function ownerErrors(owners: JsonValue | undefined): FieldError[] {
  if (!Array.isArray(owners)) return [];
  const errors: FieldError[] = [];
  const controllers: string[] = [];
  for (const [index, owner] of owners.entries()) {
    if (!isJsonObject(owner)) continue;
    const field = `metadata.ownerReferences[${index}]`;
    const version = owner["apiVersion"] ?? "";
    if (version === "")
      errors.push(invalid(`${field}.apiVersion`, version, "version must not be empty"));
    for (const key of ["kind", "name", "uid"]) {
      if ((owner[key] ?? "") === "") errors.push(required(`${field}.${key}`, "must not be empty"));
    }
    if (owner["controller"] === true)
      controllers.push(`${String(owner["kind"])}/${String(owner["name"])}`);
    if (controllers.length === 2) {
      errors.push(
        invalid(
          "metadata.ownerReferences",
          new GoLiteral(JSON.stringify(owners)),
          `Only one reference can have Controller set to true. Found "true" in references for ${controllers.join(" and ")}`,
        ),
      );
    }
  }
  return errors;
}

function sortedEntries(value: JsonValue | undefined): (readonly [string, JsonValue])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
}
