import type { Client, Dispatcher } from "undici";

import { plainHeaders } from "./plain-headers.js";
import { type FailureContext, transportFailure } from "./transport-failure.js";
import type { WatchReader } from "./watch-reader.js";

/**
 * Sends a watch over an HTTP/1.1 connection of its own.
 *
 * @param client Belongs to the watch: it is destroyed at its end. (A pool would open a connection in the place of an aborted
 *   one, for nobody.)
 */
export function openHttp1Watch(
  client: Client,
  request: Dispatcher.DispatchOptions,
  reader: WatchReader,
  context: FailureContext,
): void {
  client.dispatch(request, {
    onRequestStart: (controller) =>
      reader.onStart({
        pause: () => controller.pause(),
        resume: () => controller.resume(),
        abort: (reason) => controller.abort(reason),
      }),
    onResponseStart: (_controller, status, headers) => reader.onHead(status, plainHeaders(headers)),
    onResponseData: (_controller, chunk) => reader.onData(chunk),
    onResponseEnd: () => reader.onEnd(),
    onResponseError: (_controller, error) => reader.onError(transportFailure(error, context)),
  });
}
