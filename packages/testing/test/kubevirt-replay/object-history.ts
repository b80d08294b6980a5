import { flattenObject, type Leaves } from "./flatten-object.js";
import { isStep, type RecordedChange, type Recording } from "./recording.js";

/** One write of an object: the leaves that it changed; undefined where it took one away. */
export interface ObjectWrite {
  readonly at: number;
  readonly changes: ReadonlyMap<string, string | undefined>;
}

/** The life of one object, from ADDED to DELETED. */
export interface ObjectHistory {
  /** Kind, name and how often the name was used before: `VirtualMachineInstance vm #2`. */
  readonly id: string;
  readonly writes: ObjectWrite[];
  isDeleted: boolean;
}

/** A change as the embedded server's watches told it, with the whole object. */
export interface SeenChange {
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly object: Record<string, unknown>;
  readonly at: number;
}

/** Paths that differ between any two runs, or say how often something was written. */
const IGNORED = [
  /^metadata\.(name|namespace|resourceVersion|creationTimestamp|managedFields|generateName|selfLink)/,
  /^(apiVersion|kind)$/,
];
const TIME = /^(t-\d+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** Names that stand for uids and generated names, so that two runs can be compared. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** Called for each object that appears. */
  learn(kind: string, name: string, uid: string | undefined): string {
    const stable = kind === "Pod" ? name.replace(/-(r-\d+|[a-z0-9]{5})$/, "") : name;
    const count = (this.#counts.get(`${kind} ${stable}`) ?? 0) + 1;
    this.#counts.set(`${kind} ${stable}`, count);
    const id = `${kind} ${stable} #${count}`;
    if (uid !== undefined) this.#known.set(uid, `<${id}>`);
    if (kind === "Pod") this.#known.set(name, `<${id}>`);
    return id;
  }

  replace(text: string): string {
    let replaced = text;
    for (const [from, to] of this.#known) {
      const at = replaced.indexOf(from);
      if (at === -1) continue;
      // `uid-1` is not in `uid-12`.
      if (/^uid-\d+$/.test(from))
        replaced = replaced.replaceAll(new RegExp(`${from}(?!\\d)`, "g"), to);
      else replaced = replaced.replaceAll(from, to);
    }
    return replaced.replaceAll(
      /uid-\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      "<random>",
    );
  }
}

function normalise(value: unknown, names: Names): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
  if (TIME.test(text)) return "<time>";
  const named = names.replace(text);
  return named.replaceAll(/\bip-\d+\b|\b10\.\d+\.\d+\.\d+\b/g, "<ip>");
}

function isIgnored(kind: string, path: string): boolean {
  // Null or nothing: the times of a Pod's conditions that nobody sets.
  if (kind === "Pod" && path.endsWith(".lastProbeTime")) return true;
  if (kind === "VirtualMachineInstance" && path === "metadata.generation") return true;
  return IGNORED.some((pattern) => pattern.test(path));
}

/** Histories of the objects of a recording. */
export function recordedHistories(recording: Recording): Map<string, ObjectHistory> {
  const names = new Names();
  const open = new Map<string, ObjectHistory>();
  const all = new Map<string, ObjectHistory>();
  for (const entry of recording.timeline) {
    if (isStep(entry)) continue;
    take(entry, names, open, all);
  }
  return all;
}

function take(
  entry: RecordedChange,
  names: Names,
  open: Map<string, ObjectHistory>,
  all: Map<string, ObjectHistory>,
): void {
  const key = `${entry.kind} ${entry.name}`;
  const leaves: Leaves =
    entry.event === "ADDED"
      ? flattenObject(entry.object)
      : new Map([
          ...flattenSet(entry.set ?? {}),
          ...(entry.unset ?? []).map((path) => [path, undefined] as const),
        ]);
  if (entry.event === "ADDED") {
    const uid = leaves.get("metadata.uid") as string | undefined;
    const history = { id: names.learn(entry.kind, entry.name, uid), writes: [], isDeleted: false };
    open.set(key, history);
    all.set(history.id, history);
  }
  const history = open.get(key);
  if (history === undefined) return;
  if (entry.event === "DELETED") {
    history.isDeleted = true;
    return;
  }
  const changes = new Map<string, string | undefined>();
  for (const [path, value] of leaves) {
    if (isIgnored(entry.kind, path)) continue;
    changes.set(names.replace(path), value === undefined ? undefined : normalise(value, names));
  }
  history.writes.push({ at: entry.at, changes });
}

/** Values of `set` may be objects and lists again. */
function flattenSet(set: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(set).flatMap(([path, value]) =>
    typeof value === "object" && value !== null
      ? [...flattenObject(value, path)]
      : [[path, value] as [string, unknown]],
  );
}

/** Histories of the objects that were seen. */
export function seenHistories(changes: readonly SeenChange[]): Map<string, ObjectHistory> {
  const names = new Names();
  const open = new Map<string, { history: ObjectHistory; leaves: Leaves }>();
  const all = new Map<string, ObjectHistory>();
  for (const { event, kind, object, at } of changes) {
    const metadata = object["metadata"] as { uid: string; name: string };
    if (event === "ADDED") {
      const id = names.learn(kind, metadata.name, metadata.uid);
      const history = { id, writes: [], isDeleted: false };
      open.set(metadata.uid, { history, leaves: new Map() });
      all.set(id, history);
    }
    const known = open.get(metadata.uid);
    if (known === undefined) continue;
    if (event === "DELETED") {
      known.history.isDeleted = true;
      continue;
    }
    const leaves = flattenObject(kind === "Pod" ? shownOfPod(object) : object);
    known.history.writes.push({ at, changes: difference(known.leaves, leaves, kind, names) });
    known.leaves = leaves;
  }
  return all;
}

function difference(
  before: Leaves,
  after: Leaves,
  kind: string,
  names: Names,
): Map<string, string | undefined> {
  const changes = new Map<string, string | undefined>();
  for (const [path, value] of after) {
    if (isIgnored(kind, path)) continue;
    if (JSON.stringify(before.get(path)) !== JSON.stringify(value))
      changes.set(names.replace(path), normalise(value, names));
  }
  for (const path of before.keys()) {
    if (!after.has(path) && !isIgnored(kind, path)) changes.set(names.replace(path), undefined);
  }
  return changes;
}

type Json = Record<string, unknown>;

/** What the recordings show of Pods. */
function shownOfPod(pod: Json): Json {
  const spec = pod["spec"] as Json;
  const status = (pod["status"] ?? {}) as Json;
  const list = (value: unknown): Json[] => (value ?? []) as Json[];
  return {
    metadata: pod["metadata"],
    spec: {
      ...pick(spec, [
        "nodeName",
        "nodeSelector",
        "readinessGates",
        "restartPolicy",
        "terminationGracePeriodSeconds",
      ]),
      containers: list(spec["containers"]).map((each) =>
        pick(each, ["name", "image", "resources"]),
      ),
      initContainers: list(spec["initContainers"]).map(({ name }) => name),
      volumes: list(spec["volumes"]).map(({ name }) => name),
    },
    status: {
      ...pick(status, [
        "phase",
        "qosClass",
        "conditions",
        "hostIP",
        "podIP",
        "podIPs",
        "startTime",
      ]),
      ...shownContainers(status, "containerStatuses"),
      ...shownContainers(status, "initContainerStatuses"),
    },
  };
}

function shownContainers(status: Json, key: string): Json {
  const containers = status[key] as Json[] | undefined;
  if (containers === undefined || containers.length === 0) return {};
  return {
    [key]: containers.map(({ name, ready, state }) => {
      const [[kind, facts] = ["", {}]] = Object.entries(state as Json);
      return {
        name,
        ready,
        state: kind,
        ...pick(facts as Json, ["exitCode", "reason", "message"]),
      };
    }),
  };
}

function pick(object: Json, keys: readonly string[]): Json {
  return Object.fromEntries(
    keys.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]),
  );
}
