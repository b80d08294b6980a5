import type { Clock } from "@kvop/core";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { requestAttributes } from "./request-attributes.js";
import type { RequestRecord } from "./request-record.js";

type OpenRecord = { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] };

/** How many records a server keeps: a test sees all of its own, a fleet that runs for weeks stays small. */
const KEPT_RECORDS = 10_000;

/** The requests of one server, the oldest first, in bounded memory. */
export class RequestLog {
  readonly records: RequestRecord[] = [];
  readonly #clock: Clock;
  readonly #open = new WeakMap<ApiRequest, { record: OpenRecord; startedMs: number }>();
  readonly #listeners = new Set<(record: RequestRecord) => void>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  received(request: ApiRequest): void {
    const isHttps = request.connection !== undefined;
    const record: OpenRecord = {
      id: (this.#count += 1),
      user: request.user.username,
      ...requestAttributes(request),
      userAgent: request.userAgent,
      door: isHttps ? "https" : "in-process",
      receivedAtMs: this.#clock.now(),
      status: 0,
      ms: undefined,
      bytes: isHttps ? 0 : undefined,
      ended: false,
    };
    this.#open.set(request, { record, startedMs: this.#clock.monotonic() });
    this.records.push(record);
    if (this.records.length > KEPT_RECORDS * 1.1)
      this.records.splice(0, this.records.length - KEPT_RECORDS);
  }

  /** @param answer Undefined: there will be none. */
  answered(request: ApiRequest, answer: ApiResponse | undefined): void {
    const open = this.#open.get(request);
    if (open === undefined) return;
    const { record, startedMs } = open;
    record.ms = this.#clock.monotonic() - startedMs;
    record.status = answer === undefined ? 0 : answer.type === "watch" ? 200 : answer.status;
    if (answer?.type !== "watch" && request.connection === undefined) record.ended = true;
    for (const listener of [...this.#listeners]) listener(record);
  }

  sent(request: ApiRequest, bytes: number): void {
    const record = this.#open.get(request)?.record;
    if (record !== undefined) record.bytes = (record.bytes ?? 0) + bytes;
  }

  ended(request: ApiRequest): void {
    const record = this.#open.get(request)?.record;
    if (record !== undefined) record.ended = true;
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
