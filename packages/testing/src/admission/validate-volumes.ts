import {
  type FieldError,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { parseQuantity } from "../schema/quantity.js";
import { between, supported } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { validateNoWayUp, validateRelativePath } from "./validate-local-path.js";

const MAX_MODE = 0o777;
const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const DOWNWARD_PATHS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
const MIN_TOKEN_SECONDS = 600;

type SourceRule = (source: JsonObject, path: string) => FieldError[];

const needs =
  (key: string): SourceRule =>
  (source, path) =>
    textAt(source, key) === "" ? [required(`${path}.${key}`)] : [];

/** The order in which the real server looks for sources: the first one counts, the others are too many. */
const SOURCES: readonly (readonly [name: string, rule: SourceRule])[] = [
  ["emptyDir", validateEmptyDir],
  ["hostPath", validateHostPath],
  ["gitRepo", needs("repository")],
  ["secret", validateSecret],
  ["nfs", validateNfs],
  ["iscsi", validateIscsi],
  ["persistentVolumeClaim", needs("claimName")],
  ["configMap", validateConfigMap],
  ["downwardAPI", (source, path) => validateDownwardFiles(source, path)],
  ["projected", validateProjected],
  ["csi", needs("driver")],
  ["ephemeral", validateEphemeral],
  ["image", validateImage],
];

/** `volumes` of a pod. */
export function validateVolumes(volumes: readonly JsonObject[], path: string): FieldError[] {
  const seen = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const field = `${path}[${index}]`;
    const name = textAt(volume, "name");
    const errors = validateSource(volume, field);
    if (name === "") errors.push(required(`${field}.name`));
    else if (seen.has(name)) errors.push(duplicate(`${field}.name`, name));
    else
      errors.push(
        ...checkDns1123Label(name).map((detail) => invalid(`${field}.name`, name, detail)),
      );
    seen.add(name);
    return errors;
  });
}

function validateSource(volume: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, rule] of SOURCES) {
    const source = optionalObjectAt(volume, name);
    if (source === undefined) continue;
    count += 1;
    if (count > 1)
      errors.push(forbidden(`${field}.${name}`, "may not specify more than 1 volume type"));
    else errors.push(...rule(source, `${field}.${name}`));
  }
  return errors;
}

function validateEmptyDir(source: JsonObject, path: string): FieldError[] {
  const limit = parseQuantity(textAt(source, "sizeLimit"));
  return limit !== undefined && limit.nanos < 0n
    ? [forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
    : [];
}

/** Also of a PersistentVolume. */
export function validateHostPath(source: JsonObject, path: string): FieldError[] {
  const value = textAt(source, "path");
  if (value === "") return [required(`${path}.path`)];
  return [
    ...validateNoWayUp(value, `${path}.path`),
    ...supported(source, "type", path, HOST_PATH_TYPES),
  ];
}

/** Also of a PersistentVolume. */
export function validateNfs(source: JsonObject, path: string): FieldError[] {
  const value = textAt(source, "path");
  return [
    ...needs("server")(source, path),
    ...(value === "" ? [required(`${path}.path`)] : []),
    ...(value.startsWith("/") ? [] : [invalid(`${path}.path`, value, "must be an absolute path")]),
  ];
}

function validateIscsi(source: JsonObject, path: string): FieldError[] {
  const iqn = textAt(source, "iqn");
  return [
    ...needs("targetPortal")(source, path),
    ...(iqn === ""
      ? [required(`${path}.iqn`)]
      : /^(?:iqn|eui|naa)/.test(iqn)
        ? []
        : [invalid(`${path}.iqn`, iqn, "must be valid format starting with iqn, eui, or naa")]),
    ...between(numberAt(source, "lun") ?? 0, 0, 255, `${path}.lun`),
  ];
}

function validateSecret(source: JsonObject, path: string): FieldError[] {
  return [
    ...needs("secretName")(source, path),
    ...validateMode(source, "defaultMode", path),
    ...validateFiles(source, path),
  ];
}

function validateConfigMap(source: JsonObject, path: string): FieldError[] {
  return [
    ...needs("name")(source, path),
    ...validateMode(source, "defaultMode", path),
    ...validateFiles(source, path),
  ];
}

function validateFiles(source: JsonObject, path: string): FieldError[] {
  return objectsAt(source, "items").flatMap((item, index) => {
    const field = `${path}.items[${index}]`;
    const file = textAt(item, "path");
    return [
      ...needs("key")(item, field),
      ...(file === "" ? [required(`${field}.path`)] : []),
      ...validateFilePath(file, `${field}.path`),
      ...validateMode(item, "mode", field),
    ];
  });
}

/** Names that begin with two dots are for those who write the files. */
function validateFilePath(file: string, field: string): FieldError[] {
  const errors = validateRelativePath(file, field);
  return errors.length === 0 && file.startsWith("..")
    ? [invalid(field, file, "must not start with '..'")]
    : errors;
}

function validateMode(object: JsonObject, key: string, path: string): FieldError[] {
  const mode = numberAt(object, key);
  return mode === undefined || (mode >= 0 && mode <= MAX_MODE)
    ? []
    : [
        invalid(
          `${path}.${key}`,
          mode,
          "must be a number between 0 and 0777 (octal), both inclusive",
        ),
      ];
}

/** The real server names no index here. */
function validateDownwardFiles(source: JsonObject, path: string): FieldError[] {
  return [
    ...validateMode(source, "defaultMode", path),
    ...objectsAt(source, "items").flatMap((item) => {
      const file = textAt(item, "path");
      const fieldRef = optionalObjectAt(item, "fieldRef");
      const resourceRef = optionalObjectAt(item, "resourceFieldRef");
      return [
        ...(file === "" ? [required(`${path}.path`)] : []),
        ...validateFilePath(file, `${path}.path`),
        ...(fieldRef === undefined ? [] : validateDownwardField(fieldRef, `${path}.fieldRef`)),
        ...(fieldRef === undefined && resourceRef === undefined
          ? [required(path, "one of fieldRef and resourceFieldRef is required")]
          : []),
        ...validateMode(item, "mode", path),
      ];
    }),
  ];
}

function validateDownwardField(fieldRef: JsonObject, path: string): FieldError[] {
  const fieldPath = textAt(fieldRef, "fieldPath");
  const field = `${path}.fieldPath`;
  if (fieldPath === "") return [required(field)];
  return DOWNWARD_PATHS.includes(fieldPath.replace(/\['.*'\]$/, ""))
    ? []
    : [notSupported(field, fieldPath, DOWNWARD_PATHS)];
}

function validateProjected(source: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  const claim = (file: string, shown = file): FieldError[] => {
    if (file === "" || !seen.has(file)) {
      seen.add(file);
      return [];
    }
    return [invalid(path, shown, "conflicting duplicate paths")];
  };
  return [
    ...validateMode(source, "defaultMode", path),
    ...objectsAt(source, "sources").flatMap((part, index) =>
      validateProjectedPart(part, { path, field: `${path}.sources[${index}]`, claim }),
    ),
  ];
}

function validateProjectedPart(
  part: JsonObject,
  {
    path,
    field,
    claim,
  }: {
    readonly path: string;
    readonly field: string;
    /** Notes that a file is written; an error when it was already. */
    readonly claim: (file: string, shown?: string) => FieldError[];
  },
): FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ["secret", "configMap"]) {
    const source = optionalObjectAt(part, kind);
    if (source === undefined) continue;
    errors.push(...needs("name")(source, `${field}.${kind}`));
    errors.push(...validateFiles(source, `${field}.${kind}`));
    // Of these, the real server tells whose file it is, not which.
    for (const item of objectsAt(source, "items"))
      errors.push(...claim(textAt(item, "path"), textAt(source, "name")));
  }
  const downward = optionalObjectAt(part, "downwardAPI");
  if (downward !== undefined) {
    errors.push(...validateDownwardFiles(downward, `${field}.downwardAPI`));
    for (const item of objectsAt(downward, "items")) errors.push(...claim(textAt(item, "path")));
  }
  const token = optionalObjectAt(part, "serviceAccountToken");
  if (token !== undefined) errors.push(...validateToken(token, path, field, claim));
  return errors;
}

function validateToken(
  token: JsonObject,
  path: string,
  field: string,
  claim: (file: string) => FieldError[],
): FieldError[] {
  const seconds = numberAt(token, "expirationSeconds") ?? MIN_TOKEN_SECONDS;
  const file = textAt(token, "path");
  const isShort = seconds < MIN_TOKEN_SECONDS;
  return [
    ...(isShort
      ? [
          invalid(
            `${field}.serviceAccountToken.expirationSeconds`,
            seconds,
            "may not specify a duration less than 10 minutes",
          ),
        ]
      : []),
    ...(file === "" ? [required(`${path}.path`)] : validateFilePath(file, `${path}.path`)),
    ...claim(file),
  ];
}

function validateEphemeral(source: JsonObject, path: string): FieldError[] {
  const template = optionalObjectAt(source, "volumeClaimTemplate");
  const field = `${path}.volumeClaimTemplate`;
  if (template === undefined) return [required(field)];
  const spec = objectAt(template, "spec");
  const requests = objectAt(objectAt(spec, "resources"), "requests");
  return [
    ...(textsAt(spec, "accessModes").length === 0
      ? [required(`${field}.spec.accessModes`, "at least 1 access mode is required")]
      : []),
    ...(textAt(requests, "storage") === "" ? [required(`${field}.spec.resources[storage]`)] : []),
  ];
}

function validateImage(source: JsonObject, path: string): FieldError[] {
  return [
    ...needs("reference")(source, path),
    ...supported(source, "pullPolicy", path, ["Always", "IfNotPresent", "Never"]),
  ];
}
