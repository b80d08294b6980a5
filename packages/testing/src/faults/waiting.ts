import type { ApiResponse } from "../api-server/api-request.js";
import type { FaultedCall } from "./fault-engine.js";

/** Resolves after `ms` of the server's clock, or as soon as the fault is undone. */
export function pause({ fault, engine }: FaultedCall, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = engine.target.clock.setTimer(() => {
      forget();
      resolve();
    }, ms);
    const forget = fault.whenUndone(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** Resolves when the fault is undone. */
export function undone({ fault }: FaultedCall): Promise<void> {
  return new Promise((resolve) => {
    fault.whenUndone(resolve);
  });
}

/** Answers a request that waited, unless its client has gone: a server drops it then. */
export function goOn(call: FaultedCall): Promise<ApiResponse> {
  const { request, engine, next } = call;
  if (request.isAbandoned?.() === true) throw engine.connectionLost("EPIPE");
  return next(request);
}
