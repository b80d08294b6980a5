import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and can fall silent. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Drops what either side sends from now on; sockets stay open, as when a cable is cut. */
  silence(): void;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  const forward = (from: Socket, to: Socket): void => {
    from.on("data", (chunk) => {
      if (!isSilent) to.write(chunk);
    });
    from.on("close", () => {
      if (!isSilent) to.destroy();
    });
  };
  const listener = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    track(near);
    track(far);
    forward(near, far);
    forward(far, near);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    silence: () => {
      isSilent = true;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
