import { parseTime } from "@kvop/core";
import type { JsonObject, JsonValue } from "../schema/json.js";
import { readJsonPath } from "./json-path.js";
import { partialMetadata } from "./partial-metadata.js";
import type { ServedResource } from "./resource-registry.js";

const NAME_HELP = "Name must be unique within a namespace.";

/** A `meta.k8s.io/v1` Table, which is what kubectl prints. */
export function tableOf(
  objects: readonly JsonObject[],
  resource: ServedResource,
  meta: JsonObject,
  options: {
    readonly nowMs: number;
    readonly includeObject: string;
    readonly withColumns?: boolean;
  },
): JsonObject {
  const columns = columnsOf(resource);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: meta,
    columnDefinitions:
      options.withColumns === false
        ? null
        : columns.map(({ name, type, format, priority }) => ({
            name,
            type,
            format,
            description: name === "Name" ? NAME_HELP : "",
            priority,
          })),
    rows: objects.map((object) => ({
      cells: columns.map(({ read }) => read(object, options.nowMs)),
      ...(options.includeObject === "None"
        ? {}
        : { object: options.includeObject === "Object" ? object : partialMetadata(object) }),
    })),
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
  readonly read: (object: JsonObject, nowMs: number) => JsonValue;
}

const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  priority: 0,
  read: (object) => (object["metadata"] as JsonObject)["name"] ?? "",
};

function columnsOf(resource: ServedResource): readonly Column[] {
  if (resource.isCustom) {
    return [
      nameColumn,
      ...resource.printerColumns.map((column) => ({
        name: column.name,
        type: column.type,
        format: column.format ?? "",
        priority: column.priority ?? 0,
        read: (object: JsonObject, nowMs: number) =>
          customCell(object, column.jsonPath, column.type, nowMs),
      })),
    ];
  }
  if (resource.columns.length === 0) return [nameColumn, ageColumn("Age")];
  return resource.columns.map((column) =>
    column.name === "Name"
      ? nameColumn
      : column.name === "Age"
        ? ageColumn(column.name)
        : {
            ...column,
            read: (object: JsonObject) =>
              builtInCell(`${resource.group}/${resource.plural}`, column.name, object),
          },
  );
}

function ageColumn(name: string): Column {
  return {
    name,
    type: "string",
    format: "",
    priority: 0,
    read: (object, nowMs) => ageOf((object["metadata"] as JsonObject)["creationTimestamp"], nowMs),
  };
}

function customCell(object: JsonObject, path: string, type: string, nowMs: number): JsonValue {
  const found = readJsonPath(object, path);
  if (found.length === 0 || found[0] === undefined) return type === "date" ? null : null;
  if (type === "date") return ageOf(found[0], nowMs);
  if (type === "integer" || type === "number" || type === "boolean") return found[0];
  if (found.length > 1 || typeof found[0] === "object")
    return JSON.stringify(found.length > 1 ? found : found[0]);
  return String(found[0]);
}

function ageOf(time: JsonValue | undefined, nowMs: number): string {
  const thenMs = typeof time === "string" ? parseTime(time) : undefined;
  return thenMs === undefined ? "<unknown>" : humanDuration(nowMs - thenMs);
}

/** A duration as kubectl prints ages: `5s`, `3m20s`, `4h`, `12d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return withRest(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  if (years < 8) return withRest(years, "y", days % 365, "d");
  return `${years}y`;
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}

type Reader = (object: JsonObject) => JsonValue;

const at =
  (path: string, fallback: JsonValue = "<none>"): Reader =>
  (object) =>
    readJsonPath(object, path)[0] ?? fallback;
const keysAt =
  (path: string): Reader =>
  (object) =>
    Object.keys((readJsonPath(object, path)[0] as object | undefined) ?? {}).length;

/** Cells of the built-in resources that people look at most; the rest show `<none>`. */
const builtInReaders: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  "/namespaces": { Status: at(".status.phase", "Active") },
  "/secrets": { Type: at(".type", "Opaque"), Data: keysAt(".data") },
  "/configmaps": { Data: keysAt(".data") },
  "/serviceaccounts": {
    Secrets: (object) => ((object["secrets"] as JsonValue[] | undefined) ?? []).length,
  },
  "/persistentvolumeclaims": {
    Status: (object) =>
      (object["metadata"] as JsonObject)["deletionTimestamp"] === undefined
        ? (readJsonPath(object, ".status.phase")[0] ?? "")
        : "Terminating",
    Volume: at(".spec.volumeName", ""),
    Capacity: at(".status.capacity.storage", ""),
    "Access Modes": (object) =>
      ((readJsonPath(object, ".status.accessModes")[0] as string[] | undefined) ?? [])
        .map(
          (mode) =>
            ({
              ReadWriteOnce: "RWO",
              ReadOnlyMany: "ROX",
              ReadWriteMany: "RWX",
              ReadWriteOncePod: "RWOP",
            })[mode] ?? mode,
        )
        .join(","),
    StorageClass: at(".spec.storageClassName", ""),
    VolumeAttributesClass: at(".spec.volumeAttributesClassName", "<unset>"),
    VolumeMode: at(".spec.volumeMode", "Filesystem"),
  },
  "/pods": {
    Ready: (object) => {
      const statuses =
        (readJsonPath(object, ".status.containerStatuses")[0] as
          | { ready?: boolean }[]
          | undefined) ?? [];
      const containers =
        (readJsonPath(object, ".spec.containers")[0] as unknown[] | undefined) ?? [];
      return `${statuses.filter(({ ready }) => ready === true).length}/${containers.length}`;
    },
    Status: at(".status.phase", "Unknown"),
    Restarts: () => "0",
    IP: at(".status.podIP"),
    Node: at(".spec.nodeName"),
  },
  "storage.k8s.io/storageclasses": {
    Name: at(".metadata.name"),
    Provisioner: at(".provisioner", ""),
    ReclaimPolicy: at(".reclaimPolicy", "Delete"),
    VolumeBindingMode: at(".volumeBindingMode", "Immediate"),
    AllowVolumeExpansion: at(".allowVolumeExpansion", false),
  },
  "coordination.k8s.io/leases": { Holder: at(".spec.holderIdentity", "") },
  "apiextensions.k8s.io/customresourcedefinitions": {
    "Created At": at(".metadata.creationTimestamp", ""),
  },
  "/events": {
    "Last Seen": at(".lastTimestamp", "<unknown>"),
    Type: at(".type", ""),
    Reason: at(".reason", ""),
    Object: (object) =>
      `${String(at(".involvedObject.kind", "")(object)).toLowerCase()}/${String(at(".involvedObject.name", "")(object))}`,
    Message: at(".message", ""),
  },
};

function builtInCell(resource: string, column: string, object: JsonObject): JsonValue {
  return builtInReaders[resource]?.[column]?.(object) ?? "<none>";
}
