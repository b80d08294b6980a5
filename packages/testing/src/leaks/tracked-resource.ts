import { type Leak, originOf } from "./leak.js";

/** What Node's async hooks tell of a resource, with the stack of its making. */
export interface TrackedResource {
  readonly type: string;
  readonly resource: WeakRef<object>;
  /** Its stack is not read before it is needed: source maps make that slow. */
  readonly origin: Error;
}

/** Types of resources that keep a process from ending, or go on after the test. */
export const TRACKED_TYPES: ReadonlyMap<string, Leak["kind"]> = new Map([
  ["Timeout", "timer"],
  ["TCPWRAP", "socket"],
  ["PIPEWRAP", "socket"],
  ["UDPWRAP", "socket"],
  ["TCPSERVERWRAP", "server"],
  ["PIPESERVERWRAP", "server"],
  ["PROCESSWRAP", "process"],
  ["FSEVENTWRAP", "file watcher"],
  ["STATWATCHER", "file watcher"],
  ["WORKER", "worker"],
]);

interface Address {
  readonly address?: string;
  readonly port?: number;
}

/** A timer or a handle of libuv, as far as it can be asked. */
interface Handle {
  hasRef?(): boolean;
  getsockname?(into: Address): number;
  getpeername?(into: Address): number;
  readonly pid?: number;
  readonly _destroyed?: boolean;
  readonly _repeat?: number | null;
  readonly _idleTimeout?: number;
  readonly _onTimeout?: { readonly name?: string } | null;
}

/** The leak that a resource is; undefined when it is closed, or does not hold the process and will not come back. */
export function leakOf({ type, resource, origin }: TrackedResource): Leak | undefined {
  const handle = resource.deref() as Handle | undefined;
  const kind = TRACKED_TYPES.get(type);
  if (handle === undefined || kind === undefined) return undefined;
  const where = originOf(origin.stack);
  if (type === "Timeout") {
    const repeats = typeof handle._repeat === "number";
    if (handle._destroyed === true || (!repeats && handle.hasRef?.() !== true)) return undefined;
    return { kind: repeats ? "interval" : "timer", what: timerWords(handle, repeats), where };
  }
  if (handle.hasRef?.() !== true) return undefined;
  return { kind, what: handleWords(handle, kind, type), where };
}

function timerWords(handle: Handle, repeats: boolean): string {
  const callback = handle._onTimeout?.name ?? "";
  const name = callback === "" ? "(anonymous)" : callback;
  return `${repeats ? "setInterval" : "setTimeout"}(${name}, ${handle._idleTimeout ?? "?"})`;
}

function handleWords(handle: Handle, kind: Leak["kind"], type: string): string {
  if (kind === "process") return `child process ${handle.pid ?? ""}`.trim();
  const own = addressOf((into) => handle.getsockname?.(into));
  if (kind === "server") return own === undefined ? "listening" : `listening on ${own}`;
  if (kind !== "socket") return type;
  const peer = addressOf((into) => handle.getpeername?.(into));
  return `${own ?? "unbound"} to ${peer ?? "nowhere"}`;
}

function addressOf(ask: (into: Address) => number | undefined): string | undefined {
  const into: Address = {};
  const failure = ask(into);
  return failure === 0 && into.address !== undefined ? `${into.address}:${into.port}` : undefined;
}
