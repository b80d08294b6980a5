import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import { copyJson, jsonEqual, type JsonObject, type JsonValue } from "../schema/json.js";
import { checkDns1123Subdomain } from "../schema/name-rules.js";
import { parseQuantity } from "../schema/quantity.js";
import { supported } from "./field-rules.js";
import { goDiff } from "./go-diff.js";
import { objectAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { validatePersistentSource, validateVolumePlace } from "./validate-persistent-source.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];
/** Fields of a PersistentVolume's spec that are no source of storage. */
const NO_SOURCES = new Set([
  "capacity",
  "accessModes",
  "claimRef",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "mountOptions",
  "volumeMode",
  "nodeAffinity",
  "volumeAttributesClassName",
]);

const SOURCE = ["Spec", "PersistentVolumeSource"];

export function validateClaim(claim: JsonObject, old: JsonObject | undefined): FieldError[] {
  const errors = validateClaimSpec(objectAt(claim, "spec"));
  return old === undefined ? errors : [...errors, ...validateClaimUpdate(claim, old)];
}

/** What a claim asks for; fields are told from `spec` on. */
export function validateClaimSpec(spec: JsonObject): FieldError[] {
  const modes = textsAt(spec, "accessModes");
  const selector = optionalObjectAt(spec, "selector");
  const errors: FieldError[] = [];
  if (modes.length === 0)
    errors.push(required("spec.accessModes", "at least 1 access mode is required"));
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, "spec.selector"));
  errors.push(...validateAccessModes(modes));
  const storage = objectAt(objectAt(spec, "resources"), "requests")["storage"];
  if (storage === undefined) errors.push(required("spec.resources[storage]"));
  else errors.push(...positive(storage, "spec.resources[storage]"));
  errors.push(
    ...validateClassName(spec),
    ...supported(spec, "volumeMode", "spec", VOLUME_MODES),
    ...["dataSource", "dataSourceRef"].flatMap((key) => validateDataSource(spec, key)),
    ...attributesClassErrors(spec),
  );
  return errors;
}

/** A claim that is bound may grow; a class may be given where there was none. Everything else stays. */
function validateClaimUpdate(claim: JsonObject, old: JsonObject): FieldError[] {
  const isBound = textAt(objectAt(claim, "status"), "phase") === "Bound";
  const before = copyJson(objectAt(old, "spec"));
  const after = copyJson(objectAt(claim, "spec"));
  const keep = (key: string, from: JsonObject, to: JsonObject): void => {
    if (from[key] === undefined) delete to[key];
    else to[key] = from[key];
  };
  if (textAt(before, "volumeName") === "") keep("volumeName", after, before);
  if (before["storageClassName"] === undefined) keep("storageClassName", before, after);
  if (isBound) {
    const requests = optionalObjectAt(objectAt(after, "resources"), "requests");
    const requestedBefore = objectAt(objectAt(before, "resources"), "requests");
    if (requests !== undefined) keep("storage", requestedBefore, requests);
    if (after["volumeAttributesClassName"] !== undefined)
      keep("volumeAttributesClassName", before, after);
  }
  const errors: FieldError[] = [];
  if (!jsonEqual(before, after)) {
    const changes = goDiff("PersistentVolumeClaim", ["Spec"], before, after);
    errors.push(
      forbidden(
        "spec",
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${changes}`,
      ),
    );
  }
  const volumeMode = after["volumeMode"] ?? null;
  if (volumeMode !== (before["volumeMode"] ?? null))
    errors.push(invalid("volumeMode", volumeMode, "field is immutable"));
  const [size, oldSize] = [claim, old].map((object) => {
    const amount = objectAt(objectAt(objectAt(object, "spec"), "resources"), "requests")["storage"];
    return typeof amount === "string" ? parseQuantity(amount)?.nanos : undefined;
  });
  if (isBound && size !== undefined && oldSize !== undefined && size < oldSize) {
    errors.push(
      forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"),
    );
  }
  return errors;
}

export function validateVolumeObject(
  volume: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const spec = objectAt(volume, "spec");
  const modes = textsAt(spec, "accessModes");
  const capacity = optionalObjectAt(spec, "capacity");
  const errors: FieldError[] = validateVolumePlace(spec, volume);
  if (modes.length === 0) errors.push(required("spec.accessModes"));
  errors.push(...validateAccessModes(modes));
  if (capacity === undefined) errors.push(required("spec.capacity"));
  if (capacity?.["storage"] === undefined || Object.keys(capacity).length > 1) {
    errors.push(notSupported("spec.capacity", capacity ?? null, ["storage"]));
  }
  if (capacity?.["storage"] !== undefined)
    errors.push(...positive(capacity["storage"], "spec.capacity[storage]"));
  errors.push(
    ...supported(spec, "persistentVolumeReclaimPolicy", "spec", ["Delete", "Recycle", "Retain"]),
  );
  const sources = Object.keys(spec).filter((key) => !NO_SOURCES.has(key));
  if (sources.length === 0) errors.push(required("spec", "must specify a volume type"));
  for (const source of sources.slice(1))
    errors.push(forbidden(`spec.${source}`, "may not specify more than 1 volume type"));
  const [source = ""] = sources;
  errors.push(...validatePersistentSource(source, spec));
  errors.push(...validateClassName(spec), ...supported(spec, "volumeMode", "spec", VOLUME_MODES));
  if (old === undefined) return errors;
  const oldSpec = objectAt(old, "spec");
  const isSourceChanged = [...new Set([...sources, ...Object.keys(oldSpec)])].some(
    (key) => !NO_SOURCES.has(key) && !jsonEqual(spec[key], oldSpec[key]),
  );
  if (isSourceChanged) {
    const changes = goDiff("PersistentVolume", SOURCE, oldSpec, spec);
    errors.push(
      forbidden(
        "spec.persistentvolumesource",
        `spec.persistentvolumesource is immutable after creation\n${changes}`,
      ),
    );
  }
  return errors;
}

function validateDataSource(spec: JsonObject, key: string): FieldError[] {
  const source = optionalObjectAt(spec, key);
  if (source === undefined) return [];
  const field = `spec.${key}`;
  const kind = textAt(source, "kind");
  const isCore = textAt(source, "apiGroup") === "";
  // One that says nothing counts as none.
  if (isCore && kind === "" && textAt(source, "name") === "") return [];
  return [
    ...["name", "kind"].flatMap((part) =>
      textAt(source, part) === "" ? [required(`${field}.${part}`)] : [],
    ),
    ...(isCore && kind !== "" && kind !== "PersistentVolumeClaim"
      ? [
          invalid(
            field,
            kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
          ),
        ]
      : []),
  ];
}

function attributesClassErrors(spec: JsonObject): FieldError[] {
  const name = textAt(spec, "volumeAttributesClassName");
  return name === ""
    ? []
    : checkDns1123Subdomain(name).map((detail) =>
        invalid("spec.volumeAttributesClassName", name, detail),
      );
}

function validateAccessModes(modes: readonly string[]): FieldError[] {
  const errors = modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported("spec.accessModes", mode, ACCESS_MODES));
  if (modes.includes("ReadWriteOncePod") && modes.length > 1) {
    errors.push(
      forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes"),
    );
  }
  return errors;
}

function validateClassName(spec: JsonObject): FieldError[] {
  const name = textAt(spec, "storageClassName");
  return name === ""
    ? []
    : checkDns1123Subdomain(name).map((detail) => invalid("spec.storageClassName", name, detail));
}

function positive(amount: JsonValue, field: string): FieldError[] {
  const quantity = typeof amount === "string" ? parseQuantity(amount) : undefined;
  return quantity === undefined || quantity.nanos > 0n
    ? []
    : [invalid(field, amount, "must be greater than zero")];
}
