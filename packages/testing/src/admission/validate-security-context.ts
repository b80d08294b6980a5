import {
  type FieldError,
  duplicate,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { between, supported } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  textsAt,
  valuesAt,
} from "./json-access.js";
import { validateRelativePath } from "./validate-local-path.js";

const MAX_ID = 2 ** 31 - 1;
const MAX_SYSCTL_LENGTH = 253;
const SYSCTL = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;
const SYSCTL_HELP =
  "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

/** `securityContext` of a pod. */
export function validatePodSecurityContext(spec: JsonObject, path: string): FieldError[] {
  const context = objectAt(spec, "securityContext");
  const field = `${path}.securityContext`;
  return [
    ...validateId(context, "fsGroup", field),
    ...validateId(context, "runAsUser", field),
    ...validateId(context, "runAsGroup", field),
    ...valuesAt(context, "supplementalGroups").flatMap((group, index) =>
      between(Number(group), 0, MAX_ID, `${field}.supplementalGroups[${index}]`),
    ),
    ...(spec["shareProcessNamespace"] === true && spec["hostPID"] === true
      ? [
          invalid(
            `${path}.shareProcessNamespace`,
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
          ),
        ]
      : []),
    ...validateSysctls(context, field),
    ...supported(context, "fsGroupChangePolicy", field, ["Always", "OnRootMismatch"]),
    ...validateSeccomp(context, field),
    ...supported(context, "seLinuxChangePolicy", field, ["MountOption", "Recursive"]),
    ...validateAppArmor(context, field),
    ...supported(context, "supplementalGroupsPolicy", field, ["Merge", "Strict"]),
  ];
}

/** The same of a container. */
export function validateSecurityContext(container: JsonObject, path: string): FieldError[] {
  const context = objectAt(container, "securityContext");
  const field = `${path}.securityContext`;
  const refused = (what: string): FieldError =>
    invalid(
      field,
      asStruct(context),
      `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
    );
  const isHeldBack = context["allowPrivilegeEscalation"] === false;
  const added = textsAt(objectAt(context, "capabilities"), "add");
  return [
    ...validateId(context, "runAsUser", field),
    ...validateId(context, "runAsGroup", field),
    ...supported(context, "procMount", field, ["Default", "Unmasked"]),
    ...validateSeccomp(context, field),
    ...(isHeldBack && context["privileged"] === true ? [refused("`privileged` to true")] : []),
    ...(isHeldBack && added.includes("CAP_SYS_ADMIN")
      ? [refused("`capabilities.Add` CAP_SYS_ADMIN")]
      : []),
    ...validateAppArmor(context, field),
  ];
}

function validateId(context: JsonObject, key: string, path: string): FieldError[] {
  const value = numberAt(context, key);
  return value === undefined ? [] : between(value, 0, MAX_ID, `${path}.${key}`);
}

function validateSysctls(context: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  return objectsAt(context, "sysctls").flatMap((sysctl, index) => {
    const field = `${path}.sysctls[${index}].name`;
    const name = textAt(sysctl, "name");
    const errors: FieldError[] = [];
    if (name === "") errors.push(required(field));
    else if (name.length > MAX_SYSCTL_LENGTH || !SYSCTL.test(name))
      errors.push(invalid(field, name, SYSCTL_HELP));
    if (name !== "" && seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    return errors;
  });
}

function validateSeccomp(context: JsonObject, path: string): FieldError[] {
  const profile = optionalObjectAt(context, "seccompProfile");
  if (profile === undefined) return [];
  const field = `${path}.seccompProfile`;
  const type = textAt(profile, "type");
  const local = profile["localhostProfile"] ?? null;
  if (type === "")
    return [required(`${field}.type`, "type is required when seccompProfile is set")];
  if (type === "Localhost") {
    return local === null
      ? [required(`${field}.localhostProfile`, "must be set when seccomp type is Localhost")]
      : validateRelativePath(String(local), `${field}.localhostProfile`);
  }
  const errors = PROFILE_TYPES.includes(type)
    ? []
    : [notSupported(`${field}.type`, type, PROFILE_TYPES)];
  return local === null
    ? errors
    : [
        ...errors,
        invalid(
          `${field}.localhostProfile`,
          goStruct({ Type: type, LocalhostProfile: local }),
          "can only be set when seccomp type is Localhost",
        ),
      ];
}

function validateAppArmor(context: JsonObject, path: string): FieldError[] {
  const profile = optionalObjectAt(context, "appArmorProfile");
  if (profile === undefined) return [];
  const field = `${path}.appArmorProfile`;
  const type = textAt(profile, "type");
  const local = profile["localhostProfile"] ?? null;
  if (type === "")
    return [required(`${field}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(`${field}.type`, type, PROFILE_TYPES)];
  const isMissing = local === null || String(local).trim() === "";
  if (type === "Localhost") {
    return isMissing
      ? [required(`${field}.localhostProfile`, "must be set when AppArmor type is Localhost")]
      : [];
  }
  return local === null
    ? []
    : [
        invalid(
          `${field}.localhostProfile`,
          local,
          "can only be set when AppArmor type is Localhost",
        ),
      ];
}

/** The context as Go prints it: every field of its type. */
function asStruct(context: JsonObject): unknown {
  const capabilities = optionalObjectAt(context, "capabilities");
  return goStruct({
    Capabilities:
      capabilities === undefined
        ? null
        : goStruct({ Add: capabilities["add"] ?? null, Drop: capabilities["drop"] ?? null }),
    Privileged: context["privileged"] ?? null,
    SELinuxOptions: null,
    WindowsOptions: null,
    RunAsUser: context["runAsUser"] ?? null,
    RunAsGroup: context["runAsGroup"] ?? null,
    RunAsNonRoot: context["runAsNonRoot"] ?? null,
    ReadOnlyRootFilesystem: context["readOnlyRootFilesystem"] ?? null,
    AllowPrivilegeEscalation: context["allowPrivilegeEscalation"] ?? null,
    ProcMount: context["procMount"] ?? null,
    SeccompProfile: null,
    AppArmorProfile: null,
  });
}
