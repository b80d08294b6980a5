/** Something that a test left behind. */
export interface Leak {
  readonly kind:
    | "timer"
    | "interval"
    | "socket"
    | "server"
    | "process"
    | "file watcher"
    | "worker"
    | "process listener"
    | "cluster"
    | "virtual timer";
  /** Names it: `setTimeout(poll, 5000)`, `127.0.0.1:41234 to 127.0.0.1:6443`, `SIGTERM: stop`. */
  readonly what: string;
  /** Where it was made: the first line of the stack that is not Node's own. */
  readonly where?: string | undefined;
}

/** `interval: setInterval(poll, 1000) at ...`. */
export function describeLeak({ kind, what, where }: Leak): string {
  return `${kind}: ${what}${where === undefined ? "" : ` ${where}`}`;
}

/** The first frame of a stack that is neither Node's own, nor of a package, nor the clock's. */
export function originOf(stack: string | undefined): string | undefined {
  return stack
    ?.split("\n")
    .map((line) => line.trim())
    .find(
      (line) =>
        line.startsWith("at ") && !/\(?node:|node_modules|VirtualClock\.setTimer/.test(line),
    );
}
