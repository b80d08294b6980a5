import { dump } from "js-yaml";
import type { ApiServer } from "../api-server/api-server.js";
import type { JsonObject } from "../schema/json.js";
import { ClusterSnapshot } from "./cluster-snapshot.js";

/** What an export is for. */
export interface ExportOptions {
  /**
   * `backup`: everything that {@link importYaml} needs to bring the same objects back, status, uids and owners included.
   * `manifest`: what a person would write, to be applied anew: without what a server fills in (uid, versions, times,
   * managedFields, status), without owners, without objects that are being deleted, and without what a new server has by
   * itself; definitions are always in it. Default: `backup`.
   */
  readonly form?: "backup" | "manifest" | undefined;
  /** Which objects. Default: all. */
  readonly select?: ((object: JsonObject) => boolean) | undefined;
}

/** What a server fills in, and what is of one server's life only. */
const SERVER_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
  "ownerReferences",
];

/** What every namespace gets by itself. */
const OF_EVERY_NAMESPACE = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];

/** The objects of a server or a snapshot as YAML, one document each; they hold Secrets in clear. */
export function exportYaml(
  source: ApiServer | ClusterSnapshot,
  options: ExportOptions = {},
): string {
  const { form = "backup", select = () => true } = options;
  const snapshot = source instanceof ClusterSnapshot ? source : source.snapshot();
  const exported =
    form === "backup"
      ? [...snapshot.objects()].filter(select).map(forBackup)
      : [...definitionsOf(snapshot), ...snapshot.writtenObjects()]
          .filter((object) => isWritten(object) && select(object))
          .map(forManifest);
  return exported
    .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    .map((object) => `---\n${dump(object, { noRefs: true, lineWidth: -1 })}`)
    .join("");
}

/** Versions are given anew by the server that takes it in. */
function forBackup(object: JsonObject): JsonObject {
  const { resourceVersion: _, ...metadata } = object["metadata"] as JsonObject;
  return { ...head(object), ...object, metadata };
}

function forManifest(object: JsonObject): JsonObject {
  const { status: _, ...rest } = object;
  const metadata = Object.fromEntries(
    Object.entries(object["metadata"] as JsonObject).filter(
      ([name]) => !SERVER_METADATA.includes(name),
    ),
  );
  return { ...head(object), ...rest, metadata };
}

/** Begins with what says what it is, for the reader. */
function head(object: JsonObject): JsonObject {
  return { apiVersion: object["apiVersion"] ?? "", kind: object["kind"] ?? "", metadata: {} };
}

/** Definitions that a server was made with: another one may be made without. */
function definitionsOf(snapshot: ClusterSnapshot): JsonObject[] {
  const written = new Set(snapshot.writtenObjects());
  return [...snapshot.objects()].filter(
    (object) => object["kind"] === "CustomResourceDefinition" && !written.has(object),
  );
}

/** Whether a new server would lack the object, and it is there to stay. */
function isWritten({ kind, metadata }: JsonObject): boolean {
  const { name, deletionTimestamp } = metadata as { name?: string; deletionTimestamp?: string };
  return deletionTimestamp === undefined && !OF_EVERY_NAMESPACE.includes(`${String(kind)} ${name}`);
}

/** Definitions, namespaces, then the others by kind, namespace and name: the same objects give the same text. */
function placeOf({ apiVersion, kind, metadata }: JsonObject): string {
  const rank = kind === "CustomResourceDefinition" ? 0 : kind === "Namespace" ? 1 : 2;
  const { namespace = "", name = "" } = metadata as { namespace?: string; name?: string };
  return [rank, kind, apiVersion, namespace, name].map(String).join("\0");
}
