import { objectAt, objectsAt, optionalObjectAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { forbiddenSeccomp } from "./baseline-checks.js";
import {
  containersOf,
  contextOf,
  isInUserNamespace,
  isWindows,
  named,
  namesOf,
  plural,
  quoted,
  type SecurityCheck,
  settersOf,
  sorted,
} from "./security-subject.js";

const VOLUME_TYPES = new Set(
  "configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret image".split(
    " ",
  ),
);

const allowPrivilegeEscalation: SecurityCheck = (subject) => {
  if (subject.minor < 8 || isWindows(subject)) return undefined;
  const bad = containersOf(subject).filter(
    (each) => contextOf(each)["allowPrivilegeEscalation"] !== false,
  );
  return bad.length === 0
    ? undefined
    : {
        reason: "allowPrivilegeEscalation != false",
        detail: `${named("container", namesOf(bad))} must set securityContext.allowPrivilegeEscalation=false`,
      };
};

const capabilities: SecurityCheck = (subject) => {
  if (isWindows(subject)) return undefined;
  const capabilitiesOf = (container: JsonObject): JsonObject =>
    objectAt(contextOf(container), "capabilities");
  const added = (container: JsonObject): string[] =>
    textsAt(capabilitiesOf(container), "add").filter((each) => each !== "NET_BIND_SERVICE");
  const all = containersOf(subject);
  const keeping = all.filter((each) => !textsAt(capabilitiesOf(each), "drop").includes("ALL"));
  const adding = all.filter((each) => added(each).length > 0);
  const problems = [
    ...(keeping.length === 0
      ? []
      : [
          `${named("container", namesOf(keeping))} must set securityContext.capabilities.drop=["ALL"]`,
        ]),
    ...(adding.length === 0
      ? []
      : [
          `${named("container", namesOf(adding))} must not include ${quoted(sorted(adding.flatMap(added)))} in securityContext.capabilities.add`,
        ]),
  ];
  return problems.length === 0
    ? undefined
    : { reason: "unrestricted capabilities", detail: problems.join("; ") };
};

const restrictedVolumes: SecurityCheck = ({ spec }) => {
  const typeOf = (volume: JsonObject): string =>
    Object.keys(volume).find((key) => key !== "name") ?? "";
  const bad = objectsAt(spec, "volumes").filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(typeOf));
  return {
    reason: "restricted volume types",
    detail: `${named("volume", namesOf(bad))} ${plural("uses", "use", bad.length)} ${named("restricted volume type", types)}`,
  };
};

const runAsNonRoot: SecurityCheck = (subject) => {
  if (isInUserNamespace(subject)) return undefined;
  const reason = "runAsNonRoot != true";
  const setters = settersOf(subject, (context) => context["runAsNonRoot"] === false);
  if (setters !== "")
    return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  if (contextOf(subject.spec)["runAsNonRoot"] === true) return undefined;
  const bad = containersOf(subject).filter((each) => contextOf(each)["runAsNonRoot"] !== true);
  return bad.length === 0
    ? undefined
    : {
        reason,
        detail: `pod or ${named("container", namesOf(bad))} must set securityContext.runAsNonRoot=true`,
      };
};

const runAsUser: SecurityCheck = (subject) => {
  if (subject.minor < 23 || isInUserNamespace(subject)) return undefined;
  const setters = settersOf(subject, (context) => context["runAsUser"] === 0);
  return setters === ""
    ? undefined
    : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
};

const seccompProfile: SecurityCheck = (subject) => {
  if (isWindows(subject)) return undefined;
  const forbidden = forbiddenSeccomp(subject);
  if (forbidden !== undefined) return forbidden;
  if (hasSeccomp(subject.spec)) return undefined;
  const bad = containersOf(subject).filter((container) => !hasSeccomp(container));
  return bad.length === 0
    ? undefined
    : {
        reason: "seccompProfile",
        detail: `pod or ${named("container", namesOf(bad))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      };
};

const hasSeccomp = (owner: JsonObject): boolean =>
  optionalObjectAt(contextOf(owner), "seccompProfile") !== undefined;

/** A check of the level `restricted`, since which minor version it is there, and which of `baseline` it replaces. */
export interface RestrictedCheck {
  readonly check: SecurityCheck;
  readonly since: number;
  readonly replaces?: "capabilities" | "hostPathVolumes" | "seccompProfile";
}

/** In the order in which their findings are told. */
export const RESTRICTED_CHECKS: readonly RestrictedCheck[] = [
  { check: allowPrivilegeEscalation, since: 8 },
  { check: capabilities, since: 22, replaces: "capabilities" },
  { check: restrictedVolumes, since: 0, replaces: "hostPathVolumes" },
  { check: runAsNonRoot, since: 0 },
  { check: runAsUser, since: 23 },
  { check: seccompProfile, since: 19, replaces: "seccompProfile" },
];
