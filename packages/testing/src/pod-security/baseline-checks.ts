import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  textsAt,
} from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import {
  containersOf,
  contextOf,
  isInUserNamespace,
  named,
  namesOf,
  plural,
  quoted,
  type SecurityCheck,
  type SecuritySubject,
  settersOf,
  sorted,
  typeAt,
  valuesOf,
} from "./security-subject.js";

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const DEFAULT_CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);
const SE_LINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];
/** Since which minor version a parameter of the kernel may be set. */
const SYSCTLS: Readonly<Record<string, number>> = {
  "kernel.shm_rmid_forced": 0,
  "net.ipv4.ip_local_port_range": 0,
  "net.ipv4.tcp_syncookies": 0,
  "net.ipv4.ping_group_range": 0,
  "net.ipv4.ip_unprivileged_port_start": 0,
  "net.ipv4.ip_local_reserved_ports": 27,
  "net.ipv4.tcp_keepalive_time": 29,
  "net.ipv4.tcp_fin_timeout": 29,
  "net.ipv4.tcp_keepalive_intvl": 29,
  "net.ipv4.tcp_keepalive_probes": 29,
  "net.ipv4.tcp_rmem": 32,
  "net.ipv4.tcp_wmem": 32,
};

const appArmorProfile: SecurityCheck = (subject) => {
  const badType = (context: JsonObject): string | undefined => {
    const type = typeAt(context, "appArmorProfile");
    return type === undefined || type === "RuntimeDefault" || type === "Localhost"
      ? undefined
      : type;
  };
  const annotations = Object.entries(objectAt(subject.metadata, "annotations"))
    .filter(
      ([key, value]) =>
        key.startsWith(APP_ARMOR) &&
        !["", "runtime/default"].includes(String(value)) &&
        !String(value).startsWith("localhost/"),
    )
    .map(([key, value]) => `${key}="${String(value)}"`);
  const setters = [
    settersOf(subject, (context) => badType(context) !== undefined),
    annotations.length === 0 ? "" : plural("annotation", "annotations", annotations.length),
  ].filter((text) => text !== "");
  if (setters.length === 0) return undefined;
  const values = sorted([...valuesOf(subject, badType), ...annotations]);
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
    detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const capabilities: SecurityCheck = (subject) => {
  const added = (container: JsonObject): string[] =>
    textsAt(objectAt(contextOf(container), "capabilities"), "add").filter(
      (each) => !DEFAULT_CAPABILITIES.has(each),
    );
  const bad = containersOf(subject).filter((container) => added(container).length > 0);
  return bad.length === 0
    ? undefined
    : {
        reason: "non-default capabilities",
        detail: `${named("container", namesOf(bad))} must not include ${quoted(sorted(bad.flatMap(added)))} in securityContext.capabilities.add`,
      };
};

const hostNamespaces: SecurityCheck = ({ spec }) => {
  const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] === true);
  return shared.length === 0
    ? undefined
    : { reason: "host namespaces", detail: shared.map((key) => `${key}=true`).join(", ") };
};

const hostPathVolumes: SecurityCheck = ({ spec }) => {
  const bad = objectsAt(spec, "volumes").filter(
    (volume) => optionalObjectAt(volume, "hostPath") !== undefined,
  );
  return bad.length === 0
    ? undefined
    : { reason: "hostPath volumes", detail: named("volume", namesOf(bad)) };
};

const hostPorts: SecurityCheck = (subject) => {
  const portsOf = (container: JsonObject): string[] =>
    objectsAt(container, "ports")
      .map((port) => numberAt(port, "hostPort") ?? 0)
      .filter((port) => port !== 0)
      .map(String);
  const bad = containersOf(subject).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = sorted(bad.flatMap(portsOf));
  return {
    reason: "hostPort",
    detail: `${named("container", namesOf(bad))} ${plural("uses", "use", bad.length)} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`,
  };
};

const hostProbes: SecurityCheck = (subject) => {
  if (subject.minor < 34) return undefined;
  const bad = containersOf(subject).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = sorted(bad.flatMap(hostsOf));
  const names = sorted(namesOf(bad));
  return {
    reason: "probe or lifecycle host",
    detail: `${named("container", names)} ${plural("uses", "use", names.length)} ${named("probe or lifecycle host", hosts)}`,
  };
};

/** Which other hosts the handlers of a container name. */
function hostsOf(container: JsonObject): string[] {
  const lifecycle = objectAt(container, "lifecycle");
  return [
    ...["livenessProbe", "readinessProbe", "startupProbe"].map((key) => objectAt(container, key)),
    ...["postStart", "preStop"].map((key) => objectAt(lifecycle, key)),
  ]
    .flatMap((handler) => ["httpGet", "tcpSocket"].map((key) => objectAt(handler, key)))
    .map((action) => textAt(action, "host"))
    .filter((host) => host !== "");
}

const privileged: SecurityCheck = (subject) => {
  const bad = containersOf(subject).filter((each) => contextOf(each)["privileged"] === true);
  return bad.length === 0
    ? undefined
    : {
        reason: "privileged",
        detail: `${named("container", namesOf(bad))} must not set securityContext.privileged=true`,
      };
};

const procMount: SecurityCheck = (subject) => {
  if (isInUserNamespace(subject)) return undefined;
  const mountOf = (container: JsonObject): string => textAt(contextOf(container), "procMount");
  const bad = containersOf(subject).filter((each) => !["", "Default"].includes(mountOf(each)));
  return bad.length === 0
    ? undefined
    : {
        reason: "procMount",
        detail: `${named("container", namesOf(bad))} must not set securityContext.procMount to ${quoted(sorted(bad.map(mountOf)))}`,
      };
};

const seccompProfile: SecurityCheck = (subject) =>
  subject.minor < 19 ? undefined : forbiddenSeccomp(subject);

/** Seccomp profiles that nobody but the privileged may set. */
export function forbiddenSeccomp(subject: SecuritySubject): ReturnType<SecurityCheck> {
  const badType = (context: JsonObject): string | undefined => {
    const type = typeAt(context, "seccompProfile");
    return type === undefined || type === "RuntimeDefault" || type === "Localhost"
      ? undefined
      : type;
  };
  const setters = settersOf(subject, (context) => badType(context) !== undefined);
  return setters === ""
    ? undefined
    : {
        reason: "seccompProfile",
        detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(valuesOf(subject, badType))}`,
      };
}

const seLinuxOptions: SecurityCheck = (subject) => {
  const optionsOf = (context: JsonObject): JsonObject => objectAt(context, "seLinuxOptions");
  const types = SE_LINUX_TYPES.concat(subject.minor >= 31 ? ["container_engine_t"] : []);
  const badType = (context: JsonObject): string | undefined => {
    const type = textAt(optionsOf(context), "type");
    return types.includes(type) ? undefined : type;
  };
  const has = (key: string) => (context: JsonObject) => textAt(optionsOf(context), key) !== "";
  const [hasUser, hasRole] = [has("user"), has("role")];
  const setters = settersOf(
    subject,
    (context) => badType(context) !== undefined || hasUser(context) || hasRole(context),
  );
  if (setters === "") return undefined;
  const bad = valuesOf(subject, badType);
  const problems = [
    ...(bad.length === 0 ? [] : [named("type", bad)]),
    ...(settersOf(subject, hasUser) === "" ? [] : ["user may not be set"]),
    ...(settersOf(subject, hasRole) === "" ? [] : ["role may not be set"]),
  ];
  return {
    reason: "seLinuxOptions",
    detail: `${setters} set forbidden securityContext.seLinuxOptions: ${problems.join("; ")}`,
  };
};

const sysctls: SecurityCheck = ({ spec, minor }) => {
  const bad = objectsAt(contextOf(spec), "sysctls")
    .map((sysctl) => textAt(sysctl, "name"))
    .filter((name) => (SYSCTLS[name] ?? Infinity) > minor);
  return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
};

const windowsHostProcess: SecurityCheck = (subject) => {
  const setters = settersOf(
    subject,
    (context) => objectAt(context, "windowsOptions")["hostProcess"] === true,
  );
  return setters === ""
    ? undefined
    : {
        reason: "hostProcess",
        detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true`,
      };
};

/** The checks of the level `baseline`, in the order in which their findings are told. */
export const BASELINE_CHECKS = {
  appArmorProfile,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
} as const satisfies Readonly<Record<string, SecurityCheck>>;
