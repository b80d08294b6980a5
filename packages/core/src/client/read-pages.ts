import type { Clock } from "../clock.js";
import { DeadlineExceededError } from "../errors/deadline-exceeded-error.js";
import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
import { isObject } from "./is-object.js";
import type { KubernetesObject, ObjectList } from "./kubernetes-object.js";
import type { Resource } from "./resource.js";
import { addTypeMeta } from "./type-meta.js";

/** What {@link readPages} needs of a client. */
export interface PageSource<T extends KubernetesObject> {
  /** Name of the client, for errors. */
  readonly cluster: string;
  readonly resource: Resource<T>;
  /** Asks for the page that begins at the token; undefined: the first. */
  readonly readPage: (token: string | undefined) => Promise<ObjectList<T>>;
}

/** Five million objects in pages of 500. A list that goes on and on is not one. */
const MAX_PAGES = 10_000;

/**
 * The pages of a list, until the server says that there are no more.
 *
 * @throws UnexpectedResponseError when what comes is no list, or has no end: the same continue token twice in a row, or more
 *   than 10,000 pages.
 */
export async function* readPages<T extends KubernetesObject>(
  source: PageSource<T>,
): AsyncGenerator<ObjectList<T>, void, undefined> {
  const { cluster, resource, readPage } = source;
  const unexpected = (problem: string): Error =>
    new UnexpectedResponseError({ cluster, httpStatus: 200, problem });
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await readPage(token);
    // The Go API server writes `null` for the empty list of some aggregated APIs.
    if (!Array.isArray(page.items)) page.items = [];
    if (!page.items.every(isObject)) throw unexpected("a list with an item that is no object");
    page.metadata = isObject(page.metadata) ? page.metadata : {};
    // Whoever watches from what is no version is refused for ever.
    const version: unknown = page.metadata.resourceVersion;
    if (typeof version !== "string" || version === "") delete page.metadata.resourceVersion;
    for (const item of page.items) addTypeMeta(item, resource);
    yield page;
    const next: unknown = page.metadata.continue ?? "";
    if (typeof next !== "string") throw unexpected("a list whose continue token is no text");
    if (next === "") return;
    if (next === token) throw unexpected("a list whose next page begins where the last one did");
    token = next;
  }
  throw unexpected(`a list of more than ${MAX_PAGES} pages`);
}

/**
 * The milliseconds that are left of one deadline for several requests, at each moment; 0 means none, as for a request.
 *
 * @throws DeadlineExceededError once it has passed
 */
export function sharedDeadline(
  clock: Clock,
  call: { readonly cluster: string; readonly timeoutMs: number; readonly phase: string },
): () => number {
  const { timeoutMs } = call;
  if (timeoutMs === 0) return () => 0;
  const endMs = clock.monotonic() + timeoutMs;
  return () => {
    const leftMs = endMs - clock.monotonic();
    if (leftMs <= 0) throw new DeadlineExceededError(call);
    return leftMs;
  };
}
