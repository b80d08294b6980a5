import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { AuditEvent } from "./audit-event.js";

/** A file of audit events, one JSON line each. */
export interface AuditLog extends AsyncDisposable {
  /** The sink for `server.audit`. */
  readonly write: (event: AuditEvent) => void;
}

/**
 * Opens a file (mode 0600) for audit events; what it holds is kept. Disposing of it writes what is left.
 *
 * @throws when disposed of: the system's error, if the file could not be written.
 */
export function openAuditLog(path: string): AuditLog {
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  const done = finished(stream);
  // The failure is told at the end; without this it would end the process before.
  done.catch(() => undefined);
  return {
    write: (event) => {
      if (!stream.destroyed) stream.write(`${JSON.stringify(event)}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      stream.end();
      await done;
    },
  };
}
