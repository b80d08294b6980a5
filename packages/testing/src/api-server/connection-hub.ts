import type { DoorConnection } from "./door-connection.js";
import type { HttpsDoor } from "./https-door.js";

/** A certificate and its key, in PEM. */
export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The connections of all open HTTPS doors of one server, for what is done to them on purpose. */
export class ConnectionHub {
  readonly #doors = new Map<HttpsDoor, ServerCertificate>();
  readonly #listeners = new Set<(connection: DoorConnection) => void>();
  #shown: ServerCertificate[] = [];

  connections(): readonly DoorConnection[] {
    return [...this.#doors.keys()].flatMap((door) => door.connections());
  }

  /** Calls the listener for each new connection before its handshake, until disposed of. */
  onConnection(listener: (connection: DoorConnection) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  opened(connection: DoorConnection): void {
    for (const listener of [...this.#listeners]) listener(connection);
  }

  /** Shows another certificate to new connections, until disposed of; of several, the latest. */
  showCertificate(certificate: ServerCertificate): Disposable {
    this.#shown.push(certificate);
    this.#show();
    return {
      [Symbol.dispose]: () => {
        this.#shown = this.#shown.filter((each) => each !== certificate);
        this.#show();
      },
    };
  }

  /** Keeps an eye on a door that was opened; `own` is its certificate. */
  add(door: HttpsDoor, own: ServerCertificate): void {
    this.#doors.set(door, own);
    const shown = this.#shown.at(-1);
    if (shown !== undefined) door.setCertificate(shown);
  }

  remove(door: HttpsDoor): void {
    this.#doors.delete(door);
  }

  #show(): void {
    for (const [door, own] of this.#doors) door.setCertificate(this.#shown.at(-1) ?? own);
  }
}
