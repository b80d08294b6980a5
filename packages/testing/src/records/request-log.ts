import type { Clock } from "@kvop/core";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { nameInAnswer, nameInBody } from "./name-of-created.js";
import { requestAttributes } from "./request-attributes.js";
import type { RequestRecord } from "./request-record.js";

type OpenRecord = { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] };

/**
 * Where a request that has not ended has its record: over HTTPS, and watches in process that go on after their answer was given.
 * A map of requests would live so long that V8 takes what was in it for old too, and clears it away at several times the cost.
 */
const RECORD = Symbol("record");
type RecordedRequest = ApiRequest & { [RECORD]?: OpenRecord | undefined };

/** A request that is being answered. */
export interface OpenRequest {
  readonly request: RecordedRequest;
  readonly record: OpenRecord;
  readonly startedMs: number;
}

/** How many records a server keeps: a test sees all of its own, a fleet that runs for weeks stays small. */
const KEPT_RECORDS = 10_000;

/** The requests of one server, the oldest first, in bounded memory. */
export class RequestLog {
  readonly records: RequestRecord[] = [];
  readonly #clock: Clock;
  readonly #measuresBodies: boolean;
  readonly #listeners = new Set<(record: RequestRecord) => void>();
  #count = 0;

  /** @param options.measuresBodies Whether answers in process are encoded to count their bytes. Default: false. */
  constructor(clock: Clock, options: { readonly measuresBodies?: boolean | undefined } = {}) {
    this.#clock = clock;
    this.#measuresBodies = options.measuresBodies ?? false;
  }

  received(request: RecordedRequest): OpenRequest {
    const isHttps = request.connection !== undefined;
    // Written out: a spread costs as much as all the rest of this function.
    const { verb, group, version, resource, subresource, namespace, name } =
      requestAttributes(request);
    const record: OpenRecord = {
      id: (this.#count += 1),
      user: request.user.username,
      verb,
      group,
      version,
      resource,
      subresource,
      namespace,
      name,
      userAgent: request.userAgent,
      door: isHttps ? "https" : "in-process",
      receivedAtMs: this.#clock.now(),
      status: 0,
      ms: undefined,
      bytes: isHttps ? 0 : undefined,
      ended: false,
    };
    if (isHttps) request[RECORD] = record;
    this.records.push(record);
    if (this.records.length > KEPT_RECORDS * 1.1)
      this.records.splice(0, this.records.length - KEPT_RECORDS);
    return { request, record, startedMs: this.#clock.monotonic() };
  }

  /** @param answer Undefined: there will be none. */
  answered({ request, record, startedMs }: OpenRequest, answer: ApiResponse | undefined): void {
    if (record.verb === "create" && record.name === "")
      record.name = answer?.type === "json" ? nameInAnswer(answer) : nameInBody(request);
    record.ms = this.#clock.monotonic() - startedMs;
    record.status = answer === undefined ? 0 : answer.type === "watch" ? 200 : answer.status;
    if (request.connection === undefined) {
      if (answer?.type === "watch") request[RECORD] = record;
      else record.ended = true;
      if (this.#measuresBodies && record.ended) record.bytes = bytesOf(answer);
    }
    if (this.#listeners.size === 0) return;
    for (const listener of [...this.#listeners]) listener(record);
  }

  sent(request: RecordedRequest, bytes: number): void {
    const record = request[RECORD];
    if (record !== undefined) record.bytes = (record.bytes ?? 0) + bytes;
  }

  ended(request: RecordedRequest): void {
    const record = request[RECORD];
    if (record === undefined) return;
    record.ended = true;
    request[RECORD] = undefined;
  }

  /** Calls the listener for each request once it was answered, until disposed of. */
  onAnswer(listener: (record: RequestRecord) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Takes all listeners away. */
  close(): void {
    this.#listeners.clear();
  }
}

/** What an answer would take over the wire. */
function bytesOf(answer: ApiResponse | undefined): number {
  if (answer === undefined || answer.type === "watch" || answer.type === "raw") return 0;
  return Buffer.byteLength(answer.type === "json" ? JSON.stringify(answer.body) : answer.body);
}
