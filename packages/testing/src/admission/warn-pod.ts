import { type JsonObject, ownValue } from "../schema/json.js";
import {
  adviceOnNodeLabel,
  warningsOfLabels,
  warningsOfNodeAffinity,
} from "./deprecated-node-labels.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { warningsOfBytes } from "./warn-bytes.js";
import { warningsOfPorts } from "./warn-pod-ports.js";
import { warningsOfVolumes } from "./warn-volumes.js";

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const OUTDATED_ANNOTATIONS = [
  [
    "scheduler.alpha.kubernetes.io/critical-pod",
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    "security.alpha.kubernetes.io/sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    "security.alpha.kubernetes.io/unsafe-sysctls",
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
] as const;
const BYTES = ["memory", "ephemeral-storage"] as const;

interface PlacedContainer {
  readonly container: JsonObject;
  readonly path: string;
}

/**
 * What the real server says of a pod or a template of one, in its order.
 *
 * @param prefix empty for a pod, else where the template is, with a dot at its end.
 */
export function warningsOfPod(pod: JsonObject, prefix: string): string[] {
  const spec = objectAt(pod, "spec");
  const path = `${prefix}spec`;
  const annotations = objectAt(objectAt(pod, "metadata"), "annotations");
  const annotationPath = `${prefix}metadata.annotations`;
  const containers = ["initContainers", "containers"].flatMap((list) =>
    objectsAt(spec, list).map((container, index) => ({
      container,
      path: `${path}.${list}[${index}]`,
    })),
  );
  const isTemplate = prefix !== "";
  return [
    ...warningsOfLabels(
      objectAt(spec, "nodeSelector"),
      (label, advice) => `${path}.nodeSelector[${label}]: ${advice}`,
    ),
    ...warningsOfNodeAffinity(
      objectAt(objectAt(spec, "affinity"), "nodeAffinity"),
      `${path}.affinity.nodeAffinity`,
    ),
    ...spreadWarnings(spec, path),
    ...OUTDATED_ANNOTATIONS.flatMap(([key, advice]) =>
      Object.hasOwn(annotations, key) ? [`${annotationPath}[${key}]: ${advice}`] : [],
    ),
    ...warningsOfVolumes(spec, path),
    ...repeated(spec, "hostAliases", "ip").map(
      ([index, ip]) => `${path}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...pullSecretWarnings(spec, path),
    ...BYTES.flatMap((key) => warningsOfBytes(objectAt(spec, "overhead"), key, `${path}.overhead`)),
    ...(hasProfile(spec, "seccompProfile") || !Object.hasOwn(annotations, SECCOMP_POD)
      ? []
      : [seccompWarning(`${annotationPath}[${SECCOMP_POD}]`)]),
    ...containers.flatMap((placed) => [
      ...profileWarnings(placed.container, { spec, annotations, annotationPath, isTemplate }),
      ...amountWarnings(placed),
      ...environmentWarnings(placed),
    ]),
    ...warningsOfPorts(containers),
    ...((numberAt(spec, "terminationGracePeriodSeconds") ?? 0) < 0
      ? [
          `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) =>
      affinityWarnings(objectAt(objectAt(spec, "affinity"), kind), `${path}.affinity.${kind}`),
    ),
  ];
}

function spreadWarnings(spec: JsonObject, path: string): string[] {
  return objectsAt(spec, "topologySpreadConstraints").flatMap((constraint, index) => {
    const constraintPath = `${path}.topologySpreadConstraints[${index}]`;
    const key = textAt(constraint, "topologyKey");
    const advice = adviceOnNodeLabel(key);
    return [
      ...(advice === undefined ? [] : [`${constraintPath}.topologyKey: ${key} is ${advice}`]),
      ...selectorWarning(constraint, constraintPath),
    ];
  });
}

function affinityWarnings(affinity: JsonObject, path: string): string[] {
  const [required, preferred] = [
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
  ] as const;
  return [
    ...objectsAt(affinity, required).flatMap((term, index) =>
      selectorWarning(term, `${path}.${required}[${index}]`),
    ),
    ...objectsAt(affinity, preferred).flatMap((weighted, index) =>
      selectorWarning(
        objectAt(weighted, "podAffinityTerm"),
        `${path}.${preferred}[${index}].podAffinityTerm`,
      ),
    ),
  ];
}

function selectorWarning(object: JsonObject, path: string): string[] {
  return optionalObjectAt(object, "labelSelector") === undefined
    ? [`${path}.labelSelector: a null labelSelector results in matching no pod`]
    : [];
}

function pullSecretWarnings(spec: JsonObject, path: string): string[] {
  const list = `${path}.imagePullSecrets`;
  return [
    ...repeated(spec, "imagePullSecrets", "name").map(
      ([index, name]) => `${list}[${index}].name: duplicate name ${JSON.stringify(name)}`,
    ),
    ...objectsAt(spec, "imagePullSecrets").flatMap((secret, index) =>
      textAt(secret, "name") === "" ? [`${list}[${index}].name: invalid empty name ""`] : [],
    ),
  ];
}

/** The entries of a list whose key was there before. */
function repeated(spec: JsonObject, list: string, key: string): (readonly [number, string])[] {
  const seen = new Set<string>();
  return objectsAt(spec, list).flatMap((entry, index) => {
    const value = textAt(entry, key);
    if (seen.has(value)) return [[index, value] as const];
    seen.add(value);
    return [];
  });
}

function profileWarnings(
  container: JsonObject,
  pod: {
    readonly spec: JsonObject;
    readonly annotations: JsonObject;
    readonly annotationPath: string;
    readonly isTemplate: boolean;
  },
): string[] {
  const { spec, annotations, annotationPath, isTemplate } = pod;
  const name = textAt(container, "name");
  const seccomp = `${SECCOMP_CONTAINER}${name}`;
  const appArmor = `${APPARMOR}${name}`;
  const hasAppArmor =
    hasProfile(container, "appArmorProfile") || (isTemplate && hasProfile(spec, "appArmorProfile"));
  return [
    ...(!hasProfile(container, "seccompProfile") && Object.hasOwn(annotations, seccomp)
      ? [seccompWarning(`${annotationPath}[${seccomp}]`)]
      : []),
    ...(!hasAppArmor && Object.hasOwn(annotations, appArmor)
      ? [
          `${annotationPath}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
        ]
      : []),
  ];
}

function hasProfile(object: JsonObject, key: string): boolean {
  return optionalObjectAt(objectAt(object, "securityContext"), key) !== undefined;
}

function seccompWarning(path: string): string {
  return `${path}: non-functional in v1.27+; use the "seccompProfile" field instead`;
}

function amountWarnings({ container, path }: PlacedContainer): string[] {
  const resources = objectAt(container, "resources");
  return BYTES.flatMap((key) =>
    ["limits", "requests"].flatMap((amounts) =>
      warningsOfBytes(objectAt(resources, amounts), key, `${path}.resources.${amounts}`),
    ),
  );
}

/** A later entry of the same name hides the earlier one, unless it is made of it. */
function environmentWarnings({ container, path }: PlacedContainer): string[] {
  const seen = new Set<string>();
  return objectsAt(container, "env").flatMap((entry, index) => {
    const name = textAt(entry, "name");
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const value = textAt(entry, "value");
    const reference = `$(${name})`;
    const isMadeOfIt = value !== reference && value.includes(reference);
    return isMadeOfIt && (ownValue(entry, "valueFrom") ?? null) === null
      ? []
      : [
          `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ];
  });
}
