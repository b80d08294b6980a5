import type { DoorConnection } from "../api-server/door-connection.js";
import type { RequestFilter } from "../records/request-filter.js";
import { ConnectionFaultPlan } from "./connection-fault-plan.js";
import type { FaultEngine } from "./fault-engine.js";
import { FaultNotPossibleError } from "./fault-not-possible-error.js";
import { type FaultPlan, planOf } from "./fault-plan.js";
import { ActiveFault, type Fault } from "./fault.js";
import type { IssueFaultCertificateOptions } from "./fault-target.js";

/** Which requests a fault means, and on which servers. */
export interface FaultFilter extends RequestFilter {
  /** Name of the server. */
  readonly cluster?: string | RegExp | undefined;
}

/**
 * Faults on demand, on one server or on several:
 * `using outage = server.faults.on({ verb: "create", resource: "pods" }).once().answer(503)`.
 */
export class Faults {
  readonly #engines: readonly FaultEngine[];
  readonly #active = new Set<Fault>();

  constructor(engines: readonly FaultEngine[]) {
    this.#engines = engines;
  }

  /** What plays the faults of each server. */
  get engines(): readonly FaultEngine[] {
    return this.#engines;
  }

  /** Faults that are not undone, the oldest first. */
  get active(): readonly Fault[] {
    for (const fault of this.#active) if (!fault.isActive) this.#active.delete(fault);
    return [...this.#active];
  }

  /** Begins a fault of the requests that fit; what it does is said by the plan's methods. */
  on(filter: FaultFilter = {}): FaultPlan {
    const { cluster, ...requests } = filter;
    const engines = this.#engines.filter(
      ({ target }) =>
        cluster === undefined ||
        (typeof cluster === "string" ? cluster === target.name : target.name.search(cluster) >= 0),
    );
    if (engines.length === 0) {
      throw new FaultNotPossibleError({
        fault: `requests to cluster ${String(cluster)}`,
        why: `there is no such server, only ${this.#engines.map(({ target }) => target.name).join(", ")}`,
        advice: "Name one of these.",
      });
    }
    return planOf({ engines, filter: requests, onInject: (fault) => void this.#active.add(fault) });
  }

  /** Begins a fault of connections that are opened from now on. HTTPS only. */
  onConnection(): ConnectionFaultPlan {
    const engines = this.#withDoor("new connections");
    return new ConnectionFaultPlan(engines, (fault) => void this.#active.add(fault));
  }

  /** The server is out of reach until undone: connections are reset, new ones too; requests in process are refused. */
  goDown(): Fault {
    const fault = this.#begin("out of reach");
    for (const engine of this.#engines) {
      const { hub, random } = engine.target;
      engine.goDown(fault);
      for (const { socket } of hub.connections()) socket.resetAndDestroy();
      const listening = hub.onConnection(({ socket }) => {
        if (fault.take(random)) socket.resetAndDestroy();
      });
      fault.whenUndone(() => listening[Symbol.dispose]());
    }
    return fault;
  }

  /** Connections, open and new ones, fall silent in both directions and stay open, until undone. HTTPS only. */
  haltConnections(): Fault {
    const engines = this.#withDoor("half-open connections");
    const fault = this.#begin("half-open connections");
    for (const engine of engines) {
      const { hub, random } = engine.target;
      const halt = (connection: DoorConnection): void => {
        if (fault.take(random)) engine.halt(connection, fault);
      };
      for (const connection of hub.connections()) halt(connection);
      const listening = hub.onConnection(halt);
      fault.whenUndone(() => listening[Symbol.dispose]());
    }
    return fault;
  }

  /** Resets every open connection now; says how many. */
  resetConnections(): number {
    return this.#each((connection) => connection.socket.resetAndDestroy());
  }

  /** Closes every open connection now; says how many. */
  closeConnections(): number {
    return this.#each((connection) => connection.socket.destroy());
  }

  /** Sends GOAWAY on every open HTTP/2 connection now, each of which closes when its streams have ended; says on how many. */
  sendGoAway(): number {
    let count = 0;
    this.#each(({ session }) => {
      if (session === undefined) return;
      count += 1;
      session.close();
    });
    return count;
  }

  /** New connections are shown another certificate, until undone. HTTPS only. */
  changeCertificate(options: IssueFaultCertificateOptions = {}): Fault {
    const engines = this.#withDoor("changed certificate");
    const fault = this.#begin("changed certificate");
    for (const { target } of engines) {
      const shown = target.hub.showCertificate(target.issueCertificate(options));
      fault.whenUndone(() => shown[Symbol.dispose]());
    }
    return fault;
  }

  /** Undoes every fault. */
  undoAll(): void {
    for (const fault of this.active) fault.undo();
    this.#active.clear();
  }

  #begin(description: string): ActiveFault {
    const fault = new ActiveFault({ description });
    this.#active.add(fault);
    return fault;
  }

  #each(act: (connection: DoorConnection) => void): number {
    const connections = this.#engines.flatMap(({ target }) => target.hub.connections());
    for (const connection of connections) act(connection);
    return connections.length;
  }

  #withDoor(fault: string): readonly FaultEngine[] {
    const engines = this.#engines.filter(({ target }) => target.hasHttpsDoor());
    if (engines.length > 0) return engines;
    throw new FaultNotPossibleError({
      fault,
      why: "there is no HTTPS door, so there are no connections",
      advice: "Open one with `listen()`.",
    });
  }
}
