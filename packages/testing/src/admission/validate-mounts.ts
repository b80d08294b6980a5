import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateRelativePath } from "./validate-local-path.js";

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

/** `volumeMounts` of a container. Of some fields, the real server names no index. */
export function validateMounts(
  container: JsonObject,
  path: string,
  volumes: readonly JsonObject[],
): FieldError[] {
  const names = new Set(volumes.map((volume) => textAt(volume, "name")));
  const paths = new Set<string>();
  return objectsAt(container, "volumeMounts").flatMap((mount, index) => {
    const field = `${path}[${index}]`;
    const name = textAt(mount, "name");
    const mountPath = textAt(mount, "mountPath");
    const errors: FieldError[] = name === "" ? [required(`${field}.name`)] : [];
    if (!names.has(name)) errors.push(notFound(`${field}.name`, name));
    if (mountPath === "") errors.push(required(`${field}.mountPath`));
    if (paths.has(mountPath))
      errors.push(invalid(`${field}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    return [
      ...errors,
      ...validateSubPath(mount, field, path),
      ...validatePropagation(mount, path, container),
      ...validateRecursion(mount, path),
    ];
  });
}

function validateSubPath(mount: JsonObject, field: string, path: string): FieldError[] {
  const subPath = textAt(mount, "subPath");
  const expression = textAt(mount, "subPathExpr");
  return [
    ...validateRelativePath(subPath, `${path}.subPath`),
    ...(subPath !== "" && expression !== ""
      ? [
          invalid(
            `${field}.subPathExpr`,
            expression,
            "subPathExpr and subPath are mutually exclusive",
          ),
        ]
      : []),
    ...validateRelativePath(expression, `${path}.subPathExpr`),
  ];
}

function validatePropagation(mount: JsonObject, path: string, container: JsonObject): FieldError[] {
  const propagation = textAt(mount, "mountPropagation");
  const field = `${path}.mountPropagation`;
  if (propagation === "") return [];
  if (!PROPAGATIONS.includes(propagation)) return [notSupported(field, propagation, PROPAGATIONS)];
  const isPrivileged = objectAt(container, "securityContext")["privileged"] === true;
  return propagation === "Bidirectional" && !isPrivileged
    ? [
        forbidden(
          field,
          "Bidirectional mount propagation is available only to privileged containers",
        ),
      ]
    : [];
}

function validateRecursion(mount: JsonObject, path: string): FieldError[] {
  const mode = textAt(mount, "recursiveReadOnly");
  return mode !== "" && mode !== "Disabled" && mount["readOnly"] !== true
    ? [forbidden(`${path}.recursiveReadOnly`, "may only be specified when readOnly is true")]
    : [];
}

/** `volumeDevices` of a container. */
export function validateDevices(
  container: JsonObject,
  path: string,
  volumes: readonly JsonObject[],
): FieldError[] {
  return objectsAt(container, "volumeDevices").flatMap((device, index) => {
    const field = `${path}[${index}]`;
    const name = textAt(device, "name");
    const volume = volumes.find((each) => textAt(each, "name") === name);
    const errors: FieldError[] = name === "" ? [required(`${field}.name`)] : [];
    if (textAt(device, "devicePath") === "") errors.push(required(`${field}.devicePath`));
    if (volume === undefined) errors.push(notFound(`${field}.name`, name));
    else if (!isBlock(volume)) {
      const detail =
        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(invalid(`${field}.name`, name, detail));
    }
    return errors;
  });
}

function isBlock(volume: JsonObject): boolean {
  return ["persistentVolumeClaim", "ephemeral"].some(
    (source) => optionalObjectAt(volume, source) !== undefined,
  );
}

function notFound(field: string, badValue: string): FieldError {
  return { type: "FieldValueNotFound", field, badValue, detail: "" };
}
