// One measurement of memory, in a process that does nothing else; `measureMemory` in memory.mjs forks it.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls } from "node:tls";
import { ConfigMap, VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { pooled, readConnection } from "./connection.mjs";
import { newManager, newSupervisor } from "./fleet-configs.mjs";
import { timed } from "./measure.mjs";

/** What an idle cluster is asked to watch, and the same as a path. */
const WATCHED = [
  {
    resource: ConfigMap,
    options: { namespace: "default" },
    path: "/api/v1/namespaces/default/configmaps",
  },
  { resource: VirtualMachine, path: "/apis/kubevirt.io/v1/virtualmachines" },
  { resource: VirtualMachineInstance, path: "/apis/kubevirt.io/v1/virtualmachineinstances" },
];
const held = [];

/** Resident bytes when what was only needed on the way is gone. */
async function settledRss() {
  for (let round = 0; round < 2; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    globalThis.gc();
  }
  return process.memoryUsage().rss;
}

/**
 * Lets V8's young generation grow to its full size, as the first burst of work does in any process: it is not a matter of how many
 * clusters there are.
 */
function growYoungGeneration() {
  for (let round = 0; round < 8; round += 1)
    Array.from({ length: 400_000 }, (_, index) => ({ index, round }));
}

/** A kept HTTP/1.1 connection that has had one answer, and the watches on one HTTP/2 connection: nothing above Node. */
async function openRaw({ kubeconfigPaths, watches }) {
  const connections = await Promise.all(kubeconfigPaths.map(readConnection));
  return async (index) => {
    const { server, ca, token } = connections[index % connections.length];
    const { host, hostname, port } = new URL(server);
    const socket = connectTls({ host: hostname, port, ca, keepAlive: true, noDelay: true });
    await once(socket, "secureConnect");
    socket.write(
      `GET /version HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await once(
      socket.on("data", () => {}),
      "data",
    );
    held.push(socket);
    if (watches === 0) return;
    const session = connectHttp2(server, { ca });
    held.push(session);
    const answers = WATCHED.slice(0, watches).map(({ path }) => {
      const stream = session.request({
        ":path": `${path}?watch=true&allowWatchBookmarks=true`,
        authorization: `Bearer ${token}`,
      });
      stream.on("data", () => {});
      return once(stream, "response");
    });
    for (const [headers] of await Promise.all(answers))
      if (headers[":status"] !== 200) throw new Error(`a watch was answered ${headers[":status"]}`);
  };
}

/** The same by the manager. */
async function openManager({ supervisorPath, names, watches }) {
  const manager = newManager(await newSupervisor(supervisorPath));
  held.push(manager);
  return async (index) => {
    await manager.getClientForConfig(names[index]);
    const handles = WATCHED.slice(0, watches).map(({ resource, options }) =>
      manager.watchResource(names[index], resource, options),
    );
    held.push(...handles);
    await Promise.all(handles.map((handle) => handle.waitForSync()));
  };
}

/** Bytes that one more cluster takes, after so many have shown what is loaded and kept once. */
async function idle(settings) {
  const open = await (settings.kind === "raw" ? openRaw : openManager)(settings);
  growYoungGeneration();
  await pooled(settings.warm, 10, open);
  const before = await settledRss();
  // What is known of the configs of the others is theirs too.
  process.send({ isWarm: true });
  await once(process, "message");
  await pooled(settings.count, 10, (index) => open(settings.warm + index));
  return { bytes: ((await settledRss()) - before) / settings.count };
}

/** The whole process with all sets of objects complete. */
async function watched({ supervisorPath, names, fields, labelSelector, objects }) {
  const manager = newManager(await newSupervisor(supervisorPath));
  held.push(manager);
  const { ms } = await timed(() =>
    Promise.all(
      names.map(async (name) => {
        const handle = manager.watchResource(name, ConfigMap, { labelSelector, fields });
        held.push(handle);
        await handle.waitForSync({ timeoutMs: 120_000 });
        const { length } = handle.list();
        if (length !== objects) throw new Error(`${name} has ${length} objects, not ${objects}`);
      }),
    ),
  );
  const bytes = await settledRss();
  return {
    ms,
    bytes,
    heapBytes: process.memoryUsage().heapUsed,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const [settings] = await once(process, "message");
const result = await (settings.kind === "watched" ? watched : idle)(settings);
process.send({ result }, () => process.exit(0));
