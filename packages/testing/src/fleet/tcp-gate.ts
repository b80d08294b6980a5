import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A port that leads to another one, and can be shut as if the server behind it had died. */
export interface TcpGate extends AsyncDisposable {
  readonly port: number;
  /** Drops every connection and refuses new ones. */
  shut(): Promise<void>;
  /** Leads to the target again, on the same port. */
  open(): Promise<void>;
}

export async function openTcpGate(targetPort: number, host = "127.0.0.1"): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const listen = async (port: number): Promise<Server> => {
    const listening = createServer((inner) => {
      const outer = connect(targetPort, host);
      keep(inner);
      keep(outer);
      inner.pipe(outer).pipe(inner);
      inner.on("close", () => outer.destroy());
      outer.on("close", () => inner.destroy());
    });
    listening.listen(port, host);
    await once(listening, "listening");
    return listening;
  };
  let server: Server | undefined = await listen(0);
  const { port } = server.address() as AddressInfo;
  const shut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, "close");
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    shut,
    open: async () => {
      server ??= await listen(port);
    },
    [Symbol.asyncDispose]: shut,
  };
}
