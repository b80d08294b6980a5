import type { Clock, ClockTimer } from "@kvop/core";
import type { ApiRequest, OpenWatch, WatchLine } from "../api-server/api-request.js";
import { refuse } from "../api-server/refusal.js";
import type { FilteredRequest } from "../records/request-filter.js";
import type { JsonObject } from "../schema/json.js";

interface Delayed {
  readonly timer: ClockTimer;
  readonly step: () => void;
}

/** Stands in the way of one open watch: can hold its lines back, delay them, and end it. */
export class WatchTap {
  readonly request: ApiRequest;
  readonly attributes: FilteredRequest;
  readonly #clock: Clock;
  readonly #after: { lines: number; readonly act: () => void }[] = [];
  readonly #delayed: Delayed[] = [];
  #send: (line: WatchLine) => void = () => undefined;
  #close: (error?: Error) => void = () => undefined;
  #stop: () => void = () => undefined;
  #withheld: (() => void)[] = [];
  #holders = 0;
  #delayMs = 0;
  #isOver = false;

  constructor(request: ApiRequest, attributes: FilteredRequest, clock: Clock) {
    this.request = request;
    this.attributes = attributes;
    this.#clock = clock;
  }

  /** `watch of pods in "default" by "in-process" as "admin"`. */
  get words(): string {
    const { resource, namespace, userAgent, user } = this.attributes;
    const place = namespace === "" ? "" : ` in ${JSON.stringify(namespace)}`;
    return `open watch of ${resource}${place} by ${JSON.stringify(userAgent)} as ${JSON.stringify(user)}`;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Says where lines go; from now on faults may act. */
  attach(send: (line: WatchLine) => void, close: (error?: Error) => void): void {
    this.#send = send;
    this.#close = close;
  }

  /** Opens the watch through this tap, unless a fault has ended it already. */
  open(inner: OpenWatch): void {
    if (this.#isOver) return;
    const stop = inner(
      (line) => this.#pass(() => this.#deliver(line)),
      (error) => this.#pass(() => this.#finish(error)),
    );
    if (this.#isOver) stop();
    else this.#stop = stop;
  }

  /** Ends it without a word to the client: the client itself went away. */
  cancel(): void {
    this.#isOver = true;
    this.#withheld = [];
    for (const { timer } of this.#delayed.splice(0)) timer.cancel();
    this.#stop();
  }

  /** Holds all back until the returned function is called, which lets it out. */
  hold(): () => void {
    this.#holders += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders > 0) return;
      for (const step of this.#withheld.splice(0)) this.#out(step);
    };
  }

  /** Lets everything out so much later, until the returned function is called. */
  delay(ms: number): () => void {
    this.#delayMs += ms;
    return () => {
      this.#delayMs -= ms;
      if (this.#delayMs > 0) return;
      for (const { timer, step } of this.#delayed.splice(0)) {
        timer.cancel();
        this.#out(step);
      }
    };
  }

  /** Acts once so many further lines have reached the client; at once for 0. */
  afterLines(lines: number, act: () => void): void {
    if (lines <= 0) act();
    else this.#after.push({ lines, act });
  }

  /** Ends it as the server does when its time is over, or as a lost connection does. */
  end(error?: Error): void {
    if (this.#isOver) return;
    const close = this.#close;
    this.cancel();
    close(error);
  }

  /** Ends it with 410: what it had seen is too old. */
  expire(): void {
    if (this.#isOver) return;
    this.#send({ type: "ERROR", object: refuse.expired().status as unknown as JsonObject });
    this.end();
  }

  #pass(step: () => void): void {
    if (this.#delayMs <= 0) {
      this.#out(step);
      return;
    }
    const timer = this.#clock.setTimer(
      () => {
        const index = this.#delayed.findIndex((each) => each.timer === timer);
        this.#delayed.splice(index, 1);
        this.#out(step);
      },
      this.#delayMs,
      { background: true },
    );
    this.#delayed.push({ timer, step });
  }

  #out(step: () => void): void {
    if (this.#isOver) return;
    if (this.#holders > 0) this.#withheld.push(step);
    else step();
  }

  #deliver(line: WatchLine): void {
    this.#send(line);
    for (const each of [...this.#after]) {
      each.lines -= 1;
      if (each.lines > 0) continue;
      this.#after.splice(this.#after.indexOf(each), 1);
      each.act();
    }
  }

  #finish(error: Error | undefined): void {
    this.#isOver = true;
    this.#close(error);
  }
}
