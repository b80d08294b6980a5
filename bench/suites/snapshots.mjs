import { createApiServer } from "@kvop/testing/api-server";
import { median, timed } from "../measure.mjs";

const OBJECTS = 10_000;

/** A snapshot shares its objects: what it costs comes with the first write to a resource after it. */
export async function rows() {
  const server = createApiServer();
  const configMap = (name) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "default", name },
    data: { a: "b" },
  });
  for (let index = 0; index < OBJECTS; index += 1) server.load(configMap(`c-${index}`));
  const taken = [];
  const restored = [];
  const written = [];
  for (let round = 0; round < 21; round += 1) {
    const { ms, value: snapshot } = await timed(() => server.snapshot());
    taken.push(ms);
    restored.push((await timed(() => server.restore(snapshot))).ms);
    written.push((await timed(() => server.load(configMap(`w-${round}`)))).ms);
  }
  await server[Symbol.asyncDispose]();
  const row = (what, times, goal) => ({ what, measured: `${median(times).toFixed(2)} ms`, goal });
  return [
    row("snapshot of 10,000 objects", taken, "1 ms"),
    row("its restore", restored, "1 ms"),
    row("first write to that resource afterwards", written, ""),
  ];
}
