import type { ListOptions, WatchOptions } from "./cluster-client.js";

/** Names and values of a query, in order. */
export type Query = Array<readonly [name: string, value: string]>;

/** Objects in one page, as client-go asks for. */
const DEFAULT_PAGE_SIZE = 500;

/** @param token Where the page before this one ended. */
export function listQuery(options: ListOptions, token: string | undefined): Query {
  const query: Query = [["limit", String(options.pageSize ?? DEFAULT_PAGE_SIZE)]];
  if (options.labelSelector !== undefined) query.push(["labelSelector", options.labelSelector]);
  if (options.fieldSelector !== undefined) query.push(["fieldSelector", options.fieldSelector]);
  if (token !== undefined) {
    // A continue token carries its own version; the server refuses both at once.
    query.push(["continue", token]);
    return query;
  }
  if (options.resourceVersion !== undefined)
    query.push(["resourceVersion", options.resourceVersion]);
  if (options.resourceVersionMatch !== undefined) {
    query.push(["resourceVersionMatch", options.resourceVersionMatch]);
  }
  return query;
}

/** The query of a watch. */
export function watchQuery(options: WatchOptions): Query {
  const query: Query = [["watch", "true"]];
  if (options.labelSelector !== undefined) query.push(["labelSelector", options.labelSelector]);
  if (options.fieldSelector !== undefined) query.push(["fieldSelector", options.fieldSelector]);
  if (options.resourceVersion !== undefined)
    query.push(["resourceVersion", options.resourceVersion]);
  if (options.allowBookmarks !== false) query.push(["allowWatchBookmarks", "true"]);
  if (options.serverTimeoutMs !== undefined) {
    query.push(["timeoutSeconds", String(Math.max(1, Math.round(options.serverTimeoutMs / 1000)))]);
  }
  if (options.sendInitialEvents === true) {
    query.push(["sendInitialEvents", "true"], ["resourceVersionMatch", "NotOlderThan"]);
  }
  return query;
}
