import type { ApiServer } from "./api-server.js";
import type { ListeningApiServer } from "./api-server-options.js";
import type { HttpsDoor } from "./https-door.js";
import { kubeconfigText } from "./kubeconfig-text.js";

/** Where a server listens, and how its door is opened. */
export interface ListeningSettings {
  readonly host: string;
  /** 0: a free one, which stays the same from then on. */
  readonly port: number;
  readonly caPem: string;
  readonly open: (port: number) => Promise<HttpsDoor>;
  /** Called before a door closes. */
  readonly onClose: (door: HttpsDoor) => void;
  readonly onDispose: (listening: ListeningApiServer) => void;
}

/** Opens a door that can be closed and opened again on the same port. */
export async function listenOn(
  server: ApiServer,
  settings: ListeningSettings,
): Promise<ListeningApiServer> {
  const { host, caPem, open } = settings;
  let door: HttpsDoor | undefined = await open(settings.port);
  const { port } = door;
  const url = `https://${host}:${port}`;
  const stop = async (): Promise<void> => {
    const closing = door;
    door = undefined;
    if (closing === undefined) return;
    settings.onClose(closing);
    await closing.close();
  };
  const listening: ListeningApiServer = {
    server,
    url,
    port,
    caPem,
    get adminToken() {
      return server.adminToken;
    },
    kubeconfig: ({ token } = {}) =>
      kubeconfigText(server.name, url, caPem, token ?? server.adminToken),
    get isListening() {
      return door !== undefined;
    },
    stop,
    start: async () => {
      door ??= await open(port);
    },
    [Symbol.asyncDispose]: async () => {
      settings.onDispose(listening);
      await stop();
    },
  };
  return listening;
}
