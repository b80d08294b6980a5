import type { Answer } from "./case.js";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
// Times that a case itself writes are in the past century; those of the server are not.
const TIME = /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const NODE_PORTS = new Set(["nodePort", "healthCheckNodePort"]);
const AGE = /^(\d+(s|m|h|d|y))+$|^<invalid>$/;
const VOLATILE_TEXTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<time>"],
  [/(resourceVersion\\*":\\*"|resourceVersion:)\d+/g, "$1<rv>"],
  [/hash=[0-9A-Fa-f]+/g, "hash=<hash>"],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<jwt>"],
  [
    /Too large resource version: (\d+), current: \d+/g,
    "Too large resource version: $1, current: <rv>",
  ],
  [/too old resource version: (\d+) \(\d+\)/g, "too old resource version: $1 (<rv>)"],
  [/in record \(\d+\)/g, "in record (<rv>)"],
  [/\b(127\.0\.0\.1|\[::1\]|localhost):\d{4,5}/g, "<address>"],
  [/\b(\d+\.\d+\.\d+\.\d+):\d{4,5}\b/g, "<address>"],
];

/** What a LimitRange has to say stands in any order: the real server goes through a map. */
function withSortedReasons(text: string): string {
  return text.replace(/(?<=forbidden: \[).*(?=\]$)/, (reasons) =>
    reasons
      .split(/, (?=minimum |maximum )/)
      .sort()
      .join(", "),
  );
}

/**
 * Replaces what must differ between two runs: UIDs by the order in which they appear, resourceVersions of objects by
 * their rank within the case, times, allocated addresses and ports, generated names, tokens.
 */
export function normaliseAnswers(answers: readonly Answer[]): Answer[] {
  const uids = new Map<string, string>();
  const generated = new Map<string, string>();
  const versions = new Set<string>();
  for (const { body } of answers) {
    collect(body, generated, versions);
  }
  const ranks = new Map(
    [...versions]
      .toSorted((a, b) => Number(BigInt(a) - BigInt(b)))
      .map((version, index) => [version, `<rv:${index + 1}>`]),
  );

  const text = (value: string): string => {
    // What the administrator is called is a matter of who set the server up.
    if (value === "kubernetes-admin") return "admin";
    if (TIME.test(value)) return value.includes(".") ? "<microtime>" : "<time>";
    let result = value.replace(UUID, (uid) => {
      if (!uids.has(uid)) uids.set(uid, `<uid:${uids.size + 1}>`);
      return uids.get(uid) ?? uid;
    });
    for (const [name, replacement] of generated) result = result.replaceAll(name, replacement);
    for (const [pattern, replacement] of VOLATILE_TEXTS)
      result = result.replace(pattern, replacement);
    return withSortedReasons(result);
  };

  const walk = (value: unknown, path: readonly string[]): unknown => {
    const key = path.at(-1);
    if (typeof value === "string") {
      if (key === "resourceVersion" && value !== "") return ranks.get(value) ?? value;
      if (key === "continue" && value !== "") return "<continue>";
      if (path.includes("cells") && AGE.test(value)) return "<age>";
      if (isAllocatedAddress(value, path)) return "<cluster-ip>";
      return text(value);
    }
    if (typeof value === "number" && NODE_PORTS.has(key ?? "")) return "<node-port>";
    if (Array.isArray(value))
      return value.map((item, index) => walk(item, [...path, String(index)]));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(withListVersion(sortedCauses(value)))
        .filter(([name]) => !(name === "description" && path.includes("columnDefinitions")))
        .map(([name, item]) => [text(name), walk(item, [...path, name])]),
    );
  };

  return answers.map((answer) => ({
    request: text(answer.request),
    status: answer.status,
    headers: walk(answer.headers, []) as Record<string, string>,
    body: walk(answer.body, []),
  }));
}

/** A list's version tells when it was read: writes of others come in between on a real server. */
function withListVersion(value: object): object {
  const { resourceVersion, uid, name } = value as Readonly<Record<string, unknown>>;
  const isOfList = typeof resourceVersion === "string" && resourceVersion !== "";
  return isOfList && uid === undefined && name === undefined
    ? { ...value, resourceVersion: "<list-rv>" }
    : value;
}

interface InvalidStatus {
  readonly message: string;
  readonly details: {
    readonly group?: string;
    readonly causes?: readonly { readonly field: string; readonly message: string }[];
  };
}

/**
 * What the real server gives in no order of its own: entries of managedFields are sorted by their time, which is to the second,
 * and the conflicts of an apply come as a map has them.
 */
export function inFixedOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inFixedOrder);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const ordered = inFixedOrder(item);
      return [
        key,
        key === "managedFields" || isConflicts(key, ordered) ? sorted(ordered) : ordered,
      ];
    }),
  );
}

function isConflicts(key: string, value: unknown): boolean {
  return (
    key === "causes" &&
    Array.isArray(value) &&
    value.every(({ reason }: { reason?: string }) => reason === "FieldManagerConflict")
  );
}

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const keyed = (item: Readonly<Record<string, unknown>>): string =>
    ["manager", "operation", "subresource", "apiVersion", "field", "message"]
      .map((key) => String(item[key] ?? ""))
      .join(" ");
  return value.toSorted((a, b) => (keyed(a) < keyed(b) ? -1 : 1));
}

/** The real server walks a custom resource's schema in random order; that of built-in types is fixed. */
function sortedCauses(value: object): object {
  const { message, details } = value as Partial<InvalidStatus>;
  const { group, causes } = details ?? {};
  if (message === undefined || causes === undefined || causes.length < 2) return value;
  if (group?.endsWith(".example.com") !== true) return value;
  const keyed = (cause: (typeof causes)[number]): string => `${cause.field} ${cause.message}`;
  return {
    ...value,
    message: message.replace(/ is invalid: \[.*\]$/s, " is invalid: [<causes>]"),
    details: { ...details, causes: causes.toSorted((a, b) => (keyed(a) < keyed(b) ? -1 : 1)) },
  };
}

function isAllocatedAddress(value: string, path: readonly string[]): boolean {
  // Another case adds a range of its own, from which any Service may get an address meanwhile.
  const isServiceAddress = path.includes("clusterIP") || path.includes("clusterIPs");
  if (isServiceAddress) return /^10\.(0\.0|77\.\d+)\.\d+$/.test(value);
  return path.includes("cells") && /^10\.0\.0\.\d+$/.test(value);
}

function collect(value: unknown, generated: Map<string, string>, versions: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, generated, versions);
    return;
  }
  if (value === null || typeof value !== "object") return;
  const object = value as Record<string, unknown>;
  const metadata = object["metadata"] as Record<string, unknown> | undefined;
  if (metadata !== null && typeof metadata === "object") {
    const { name, generateName, resourceVersion, uid } = metadata;
    if (typeof generateName === "string" && generateName !== "" && typeof name === "string") {
      // A name that the client gave beside generateName is not random.
      if (/^[a-z0-9]{5}$/.test(name.slice(generateName.length)) && name.startsWith(generateName)) {
        generated.set(name, `${generateName}<generated>`);
      }
    }
    // A list's version tells when it was read: writes of others come in between on a real server.
    const isObject = typeof uid === "string";
    if (isObject && typeof resourceVersion === "string" && /^\d+$/.test(resourceVersion)) {
      versions.add(resourceVersion);
    }
  }
  for (const item of Object.values(object)) collect(item, generated, versions);
}
