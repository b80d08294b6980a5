import type { DoorConnection } from "../api-server/door-connection.js";
import type { FaultEngine } from "./fault-engine.js";
import { ActiveFault, type Fault, type FaultLimits, NO_LIMITS } from "./fault.js";

/** A fault of new connections that is being described; the method that names what happens puts it in place. */
export class ConnectionFaultPlan {
  readonly #engines: readonly FaultEngine[];
  readonly #onInject: (fault: Fault) => void;
  readonly #limits: FaultLimits;

  constructor(
    engines: readonly FaultEngine[],
    onInject: (fault: Fault) => void,
    limits: FaultLimits = NO_LIMITS,
  ) {
    this.#engines = engines;
    this.#onInject = onInject;
    this.#limits = limits;
  }

  /** On the next connection, no more. */
  once(): ConnectionFaultPlan {
    return this.times(1);
  }

  /** On so many connections, no more. */
  times(times: number): ConnectionFaultPlan {
    return this.#with({ times });
  }

  /** Lets so many connections pass unharmed first. */
  skip(skipped: number): ConnectionFaultPlan {
    return this.#with({ skipped });
  }

  /** The connection is reset before its TLS handshake. */
  reset(): Fault {
    return this.#inject("reset", ({ socket }) => socket.resetAndDestroy());
  }

  /** The connection is closed before its TLS handshake. */
  close(): Fault {
    return this.#inject("close", ({ socket }) => socket.destroy());
  }

  /** The TLS handshake does not go on until the fault is undone. */
  stall(): Fault {
    return this.#inject("stall", (connection, fault, engine) => engine.halt(connection, fault));
  }

  #with(limits: Partial<FaultLimits>): ConnectionFaultPlan {
    return new ConnectionFaultPlan(this.#engines, this.#onInject, { ...this.#limits, ...limits });
  }

  #inject(
    what: string,
    act: (connection: DoorConnection, fault: ActiveFault, engine: FaultEngine) => void,
  ): Fault {
    const fault = new ActiveFault({
      description: `new connections: ${what}`,
      limits: this.#limits,
    });
    for (const engine of this.#engines) {
      const listening = engine.target.hub.onConnection((connection) => {
        if (fault.take(engine.target.random)) act(connection, fault, engine);
      });
      fault.whenUndone(() => listening[Symbol.dispose]());
    }
    this.#onInject(fault);
    return fault;
  }
}
