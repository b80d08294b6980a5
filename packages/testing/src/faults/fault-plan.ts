import { describeFilter, type RequestFilter } from "../records/request-filter.js";
import type { ClusterSnapshot } from "../snapshot/cluster-snapshot.js";
import { ObjectStore } from "../store/object-store.js";
import {
  type ConnectionLoss,
  goAway,
  loseConnection,
  type Truncation,
  truncateAnswer,
} from "./break-answer.js";
import type { FaultEngine, FaultRule } from "./fault-engine.js";
import { FaultNotPossibleError } from "./fault-not-possible-error.js";
import { faultAnswer, type FaultAnswer } from "./fault-status.js";
import { ActiveFault, type Fault, type FaultLimits, NO_LIMITS } from "./fault.js";
import { goOn, pause, undone } from "./waiting.js";
import type { WatchTap } from "./watch-tap.js";

/** When a fault of a watch begins. */
export interface WatchFaultOptions {
  /** So many lines reach the client before. Default: 0, at once. */
  readonly afterLines?: number | undefined;
}

/** Where and how often a fault is to be played. */
export interface FaultPlace {
  readonly engines: readonly FaultEngine[];
  readonly filter: RequestFilter;
  readonly limits: FaultLimits;
  /** Keeps what was injected, to undo all at once. */
  readonly onInject: (fault: Fault) => void;
}

/**
 * A fault that is being described: which requests, how often, and last, by the method that puts it in place, what happens
 * to them. Faults that mean the same request are played in the order in which they were made.
 */
export class FaultPlan {
  readonly #place: FaultPlace;

  constructor(place: FaultPlace) {
    this.#place = place;
  }

  /** On the first request that fits, no more. */
  once(): FaultPlan {
    return this.times(1);
  }

  /** On so many requests, no more. */
  times(times: number): FaultPlan {
    return this.#with({ times });
  }

  /** Lets so many requests pass unharmed first. */
  skip(skipped: number): FaultPlan {
    return this.#with({ skipped });
  }

  /** On a share of the requests, from 0 to 1, drawn from the server's `random`. */
  withProbability(probability: number): FaultPlan {
    return this.#with({ probability });
  }

  /** The server does nothing and answers this status, in the words of a real one. */
  answer(status: number, said: FaultAnswer = {}): Fault {
    return this.#onRequest(`answer ${status}`, (call) =>
      Promise.resolve(faultAnswer(status, call.attributes, said)),
    );
  }

  /** The request reaches the server so much later, by the server's clock. */
  delay(ms: number): Fault {
    return this.#onRequest(`arrive ${ms} ms late`, async (call) => {
      await pause(call, ms);
      return goOn(call);
    });
  }

  /** The server does as asked, and its answer leaves so much later. */
  delayAnswer(ms: number): Fault {
    return this.#onRequest(`answer ${ms} ms late`, async (call) => {
      const answer = await call.next(call.request);
      await pause(call, ms);
      return answer;
    });
  }

  /** The request waits until the fault is undone; the connection stays well. */
  stall(): Fault {
    return this.#onRequest("stall", async (call) => {
      await undone(call);
      return goOn(call);
    });
  }

  /**
   * The server does as asked, and the client never hears of it.
   *
   * @param how How the connection is lost; `stall`: it is not, the answer waits until the fault is undone. Default: `reset`.
   */
  loseAnswer(how: ConnectionLoss | "stall" = "reset"): Fault {
    return this.#onRequest(`do it and lose the answer (${how})`, async (call) => {
      const answer = await call.next(call.request);
      if (how !== "stall") return loseConnection(call, how);
      await undone(call);
      return answer;
    });
  }

  /** The server does nothing; the connection is closed. */
  close(): Fault {
    return this.#onRequest("close the connection", async (call) => loseConnection(call, "close"));
  }

  /** The server does nothing; the connection is reset. */
  reset(): Fault {
    return this.#onRequest("reset the connection", async (call) => loseConnection(call, "reset"));
  }

  /** The connection of the request falls silent in both directions and stays open, until the fault is undone. HTTPS only. */
  goHalfOpen(): Fault {
    this.#needHttps("half-open connection", "there is no connection in the process");
    return this.#onRequest("half-open connection", async (call) => {
      const { connection } = call.request;
      if (connection === undefined) throw this.#notPossible("half-open connection");
      call.engine.halt(connection, call.fault);
      await undone(call);
      return goOn(call);
    });
  }

  /**
   * The client is told to use another connection. HTTPS only.
   *
   * @param options.refuse The request itself is not served any more. Default: it is.
   */
  goAway(options: { readonly refuse?: boolean | undefined } = {}): Fault {
    this.#needHttps("GOAWAY", "a client in the process has no connection to leave");
    return this.#onRequest("GOAWAY", (call) => goAway(call, options.refuse === true));
  }

  /** The body ends early; of a watch, its next line does. HTTPS only. */
  truncate(truncation: Truncation = {}): Fault {
    this.#needHttps("truncate the body", "answers have no bytes in the process");
    return this.#onRequest("truncate the body", (call) => truncateAnswer(call, truncation));
  }

  /**
   * Gets and lists see the objects as they were.
   *
   * @param snapshot Default: the objects of now, so that what is written from now on is not seen.
   */
  readStale(snapshot?: ClusterSnapshot): Fault {
    const stores = new Map<FaultEngine, ObjectStore>();
    for (const engine of this.#place.engines) {
      const store = new ObjectStore();
      store.restore((snapshot ?? engine.target.snapshot()).state, { version: "saved" });
      stores.set(engine, store);
    }
    return this.#narrowed({ verb: ["get", "list"] }).#onRequest("read stale", (call) => {
      const isRead = call.attributes.verb === "get" || call.attributes.verb === "list";
      return call.next(call.request, isRead ? { store: stores.get(call.engine) } : {});
    });
  }

  /** Watches, those that are open already too, say nothing more until the fault is undone; then all that they missed. */
  silence(options: WatchFaultOptions = {}): Fault {
    return this.#onWatch("fall silent", options, (tap, fault) => fault.whenUndone(tap.hold()));
  }

  /** Watches, those that are open already too, end as they do when their time is over. */
  endWatch(options: WatchFaultOptions = {}): Fault {
    return this.#onWatch("end", options, (tap) => tap.end());
  }

  /** Watches, those that are open already too, end with 410: the client has to list again. */
  expireWatch(options: WatchFaultOptions = {}): Fault {
    return this.#onWatch("end with 410", options, (tap) => tap.expire());
  }

  /** Watches, those that are open already too, lose their connection, with all else on it. */
  breakWatch(options: WatchFaultOptions = {}): Fault {
    return this.#onWatch("lose the connection", options, (tap, _fault, engine) => {
      const { connection } = tap.request;
      if (connection === undefined) tap.end(engine.connectionLost("ECONNRESET"));
      else connection.socket.resetAndDestroy();
    });
  }

  /** Each line of a watch comes so much later, by the server's clock, as from a cache that lags. */
  delayEvents(ms: number): Fault {
    return this.#onWatch(`lag by ${ms} ms`, {}, (tap, fault) => fault.whenUndone(tap.delay(ms)));
  }

  #with(limits: Partial<FaultLimits>): FaultPlan {
    return new FaultPlan({ ...this.#place, limits: { ...this.#place.limits, ...limits } });
  }

  /** Means fewer requests; a filter that names something else itself stays as it is. */
  #narrowed(filter: RequestFilter): FaultPlan {
    return new FaultPlan({ ...this.#place, filter: { ...filter, ...this.#place.filter } });
  }

  #onRequest(what: string, play: Extract<FaultRule, { type: "request" }>["play"]): Fault {
    return this.#inject(what, (fault) => ({ type: "request", fault, play }));
  }

  #onWatch(
    what: string,
    { afterLines = 0 }: WatchFaultOptions,
    act: (tap: WatchTap, fault: ActiveFault, engine: FaultEngine) => void,
  ): Fault {
    return this.#narrowed({ verb: "watch" }).#inject(what, (fault) => ({
      type: "watch",
      fault,
      play: (tap, _fault, engine) => tap.afterLines(afterLines, () => act(tap, fault, engine)),
    }));
  }

  #inject(what: string, rule: (fault: ActiveFault) => FaultRule): Fault {
    const { engines, filter, limits, onInject } = this.#place;
    const description = `${describeFilter(filter)}: ${what}`;
    const fault = new ActiveFault({ description, filter, limits });
    for (const engine of engines) engine.add(rule(fault));
    onInject(fault);
    return fault;
  }

  #needHttps(what: string, why: string): void {
    const { engines, filter } = this.#place;
    if (filter.door !== "in-process" && engines.some(({ target }) => target.hasHttpsDoor())) return;
    throw this.#notPossible(what, why);
  }

  #notPossible(what: string, why = "there is no connection in the process"): FaultNotPossibleError {
    return new FaultNotPossibleError({
      fault: `${describeFilter(this.#place.filter)}: ${what}`,
      why,
      advice: "Open the HTTPS door with `listen()`, and use a client of it.",
    });
  }
}

/** A plan that means these requests, without limits. */
export function planOf(place: Omit<FaultPlace, "limits">): FaultPlan {
  return new FaultPlan({ ...place, limits: NO_LIMITS });
}
