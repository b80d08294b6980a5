import { ConnectionFailedError } from "@kvop/core";
import type { ApiRequest, ApiResponse, OpenWatch } from "../api-server/api-request.js";
import type { DoorConnection } from "../api-server/door-connection.js";
import type { Interceptor } from "../api-server/interceptor.js";
import { nameInBody } from "../records/name-of-created.js";
import { requestAttributes } from "../records/request-attributes.js";
import type { FilteredRequest } from "../records/request-filter.js";
import { haltReading } from "./halt-reading.js";
import type { ActiveFault } from "./fault.js";
import type { FaultTarget } from "./fault-target.js";
import { WatchTap } from "./watch-tap.js";

/** One request on which a fault is played. */
export interface FaultedCall {
  readonly request: ApiRequest;
  readonly attributes: FilteredRequest;
  readonly fault: ActiveFault;
  readonly engine: FaultEngine;
  readonly next: Parameters<Interceptor>[1];
}

/** A fault and how it is played: on requests, or on watches, those that are open already included. */
export type FaultRule =
  | {
      readonly type: "request";
      readonly fault: ActiveFault;
      readonly play: (call: FaultedCall) => Promise<ApiResponse>;
    }
  | {
      readonly type: "watch";
      readonly fault: ActiveFault;
      readonly play: (tap: WatchTap, fault: ActiveFault, engine: FaultEngine) => void;
    };

/** Plays the faults of one server. */
export class FaultEngine {
  readonly target: FaultTarget;
  readonly #rules: FaultRule[] = [];
  readonly #taps = new Set<WatchTap>();
  readonly #halted = new Map<DoorConnection, Set<ActiveFault>>();
  readonly #outages = new Set<ActiveFault>();

  constructor(target: FaultTarget) {
    this.target = target;
    target.intercept((request, next) => this.#intercept(request, next));
  }

  /** Open watches, the oldest first. */
  get taps(): readonly WatchTap[] {
    return [...this.#taps];
  }

  /** Plays a rule until its fault is undone. */
  add(rule: FaultRule): void {
    this.#rules.push(rule);
    rule.fault.whenUndone(() => this.#rules.splice(this.#rules.indexOf(rule), 1));
    if (rule.type !== "watch") return;
    for (const tap of this.taps) {
      if (rule.fault.fits(tap.attributes) && rule.fault.take(this.target.random))
        rule.play(tap, rule.fault, this);
    }
  }

  /** Makes a connection silent: nothing is read from it any more and nothing leaves, yet it stays open. */
  halt(connection: DoorConnection, fault: ActiveFault): void {
    const faults = this.#halted.get(connection) ?? new Set();
    if (faults.has(fault)) return;
    this.#halted.set(connection, faults.add(fault));
    if (faults.size === 1) connection.socket.once("close", () => this.#halted.delete(connection));
    const resume = haltReading(connection.socket, fault.description);
    const releases = this.taps
      .filter(({ request }) => request.connection === connection)
      .map((tap) => tap.hold());
    fault.whenUndone(() => {
      for (const release of releases) release();
      faults.delete(fault);
      if (faults.size > 0) return;
      this.#halted.delete(connection);
      resume();
    });
  }

  /** Refuses all requests in process, and loses the watches there, until the fault is undone. */
  goDown(fault: ActiveFault): void {
    this.#outages.add(fault);
    for (const tap of this.taps) {
      if (tap.request.connection === undefined) tap.end(this.connectionLost("ECONNRESET"));
    }
    fault.whenUndone(() => this.#outages.delete(fault));
  }

  /** What a client sees when its connection is lost. */
  connectionLost(systemCode: "ECONNRESET" | "ECONNREFUSED" | "EPIPE"): ConnectionFailedError {
    return new ConnectionFailedError({
      cluster: this.target.name,
      address: "in-process",
      systemCode,
    });
  }

  #intercept(request: ApiRequest, next: FaultedCall["next"]): Promise<ApiResponse> {
    const isWatch = request.query.get("watch") !== null;
    if (this.#rules.length === 0 && !isWatch && this.#halted.size === 0 && this.#outages.size === 0)
      return next(request);
    return this.#play(request, next);
  }

  async #play(request: ApiRequest, next: FaultedCall["next"]): Promise<ApiResponse> {
    const { connection } = request;
    if (this.#outages.size > 0 && connection === undefined) {
      for (const outage of this.#outages) outage.take(this.target.random);
      throw this.connectionLost("ECONNREFUSED");
    }
    const attributes = attributesOf(request);
    const rules = this.#rules.filter((rule) => rule.type === "request");
    const playFrom: (index: number) => FaultedCall["next"] = (index) => (asked, options) => {
      const rule = rules[index];
      if (rule === undefined) return next(asked, options);
      const following = playFrom(index + 1);
      const { fault } = rule;
      if (!fault.fits(attributes) || !fault.take(this.target.random))
        return following(asked, options);
      return rule.play({ request: asked, attributes, fault, engine: this, next: following });
    };
    const answer = await playFrom(0)(request);
    for (const fault of this.#haltsOf(connection)) {
      await new Promise<void>((resolve) => {
        fault.whenUndone(resolve);
      });
    }
    return answer.type === "watch"
      ? { ...answer, open: this.#tapped(answer.open, request, attributes) }
      : answer;
  }

  #haltsOf(connection: DoorConnection | undefined): readonly ActiveFault[] {
    return connection === undefined ? [] : [...(this.#halted.get(connection) ?? [])];
  }

  #tapped(open: OpenWatch, request: ApiRequest, attributes: FilteredRequest): OpenWatch {
    return (send, close) => {
      if (this.#outages.size > 0 && request.connection === undefined) {
        close(this.connectionLost("ECONNRESET"));
        return () => undefined;
      }
      const tap = new WatchTap(request, attributes, this.target.clock);
      this.#taps.add(tap);
      tap.attach(send, (error) => {
        this.#taps.delete(tap);
        close(error);
      });
      for (const rule of this.#rules) {
        if (rule.type === "watch" && rule.fault.fits(attributes)) {
          if (rule.fault.take(this.target.random)) rule.play(tap, rule.fault, this);
        }
      }
      tap.open(open);
      return () => {
        this.#taps.delete(tap);
        tap.cancel();
      };
    };
  }
}

function attributesOf(request: ApiRequest): FilteredRequest {
  const attributes = requestAttributes(request);
  const isCreate = attributes.verb === "create" && attributes.name === "";
  return {
    ...attributes,
    name: isCreate ? nameInBody(request) : attributes.name,
    user: request.user.username,
    userAgent: request.userAgent,
    door: request.connection === undefined ? "in-process" : "https",
  };
}
