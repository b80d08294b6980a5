import { BOOL, type CelStaticType, DYN, INT, simple } from "./cel/cel-type.js";

const TEXT = simple("string");
const TIME = simple("timestamp");
const list = (items: CelStaticType): CelStaticType => ({ kind: "list", items });
const map = (values: CelStaticType): CelStaticType => ({ kind: "map", keys: TEXT, values });
const object = (name: string, fields: Readonly<Record<string, CelStaticType>>): CelStaticType => ({
  kind: "fields",
  name: `kubernetes.${name}`,
  fields: new Map(Object.entries(fields)),
});

const KIND = object("GroupVersionKind", { group: TEXT, version: TEXT, kind: TEXT });
const RESOURCE = object("GroupVersionResource", { group: TEXT, version: TEXT, resource: TEXT });

const REQUEST = object("AdmissionRequest", {
  kind: KIND,
  resource: RESOURCE,
  subResource: TEXT,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: TEXT,
  name: TEXT,
  namespace: TEXT,
  operation: TEXT,
  userInfo: object("UserInfo", {
    username: TEXT,
    uid: TEXT,
    groups: list(TEXT),
    extra: map(list(TEXT)),
  }),
  dryRun: BOOL,
  options: DYN,
});

/** What expressions see of the namespace of a write. */
const NAMESPACE = object("Namespace", {
  metadata: object("NamespaceMetadata", {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    labels: map(TEXT),
    annotations: map(TEXT),
    UID: TEXT,
    creationTimestamp: TIME,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIME,
    generation: INT,
    resourceVersion: TEXT,
    finalizers: list(TEXT),
  }),
  spec: object("NamespaceSpec", { finalizers: list(TEXT) }),
  status: object("NamespaceStatus", { phase: TEXT }),
});

/** The variables of expressions about a write, and their types. */
export const ADMISSION_VARIABLES: ReadonlyMap<string, CelStaticType> = new Map([
  ["object", DYN],
  ["oldObject", DYN],
  ["request", REQUEST],
  ["namespaceObject", NAMESPACE],
]);
