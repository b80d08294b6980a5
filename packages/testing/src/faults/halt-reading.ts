import type { Socket } from "node:net";
import { FaultNotPossibleError } from "./fault-not-possible-error.js";

interface StreamHandle {
  readStart(): unknown;
  readStop(): unknown;
}

/**
 * Stops to read a TCP socket below TLS, until the returned function is called. `pause` does not do: TLS reads the socket's
 * handle by itself, so the handle has to be told.
 *
 * @throws FaultNotPossibleError where Node keeps handles elsewhere.
 */
export function haltReading(socket: Socket, fault: string): () => void {
  const handle = (socket as unknown as { readonly _handle?: Partial<StreamHandle> | null })._handle;
  if (handle === null) return () => undefined;
  if (typeof handle?.readStop !== "function" || typeof handle.readStart !== "function") {
    throw new FaultNotPossibleError({
      fault,
      why: "this version of Node does not let a socket's reading be stopped",
      advice: "Stall the requests instead.",
    });
  }
  handle.readStop();
  return () => {
    if (!socket.destroyed) handle.readStart?.();
  };
}
