import { pooled, rawAgent, rawRequest } from "../connection.mjs";
import { prepareConfigs } from "../fleet-configs.mjs";
import { measureMemory } from "../memory.mjs";
import { startFleetProcess } from "../processes.mjs";
import { figure } from "../row.mjs";

const SERVERS = 20;
const CLUSTERS = 1000;
const OBJECTS = 100;
const OBJECT_BYTES = 1024;
const DATA_FIELDS = 8;
const MIB = 2 ** 20;
const GOAL_MIB = 500;
const PATH = "/api/v1/namespaces/default/configmaps";

/** A ConfigMap whose data has so many characters, no two values alike. */
function configMap(index, characters) {
  const length = Math.floor(characters / DATA_FIELDS);
  const data = Object.fromEntries(
    Array.from({ length: DATA_FIELDS }, (_, field) => [
      `field-${field}`,
      `${index}/${field}/`.padEnd(length, "x"),
    ]),
  );
  const metadata = { name: `object-${1000 + index}`, labels: { watched: "yes" } };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** Puts 100 ConfigMaps on a server, each so long that it is served as 1 KiB of JSON. */
async function fill(connection) {
  const agent = rawAgent(connection, 1);
  const request = (path, method, body) =>
    rawRequest(agent, connection, path, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const probe = await request(PATH, "POST", configMap(OBJECTS, 80));
  await request(`${PATH}/${probe.metadata.name}`, "DELETE");
  const characters = OBJECT_BYTES - JSON.stringify(probe).length + 80;
  await pooled(OBJECTS, 8, (index) => request(PATH, "POST", configMap(index, characters)));
  await agent.close();
}

export async function* rows() {
  const fleet = await startFleetProcess({ clusters: SERVERS });
  try {
    const { connections, make } = await prepareConfigs(fleet, SERVERS);
    await Promise.all(connections.map(fill));
    const settings = {
      kind: "watched",
      supervisorPath: fleet.kubeconfigPath("supervisor"),
      names: await make("watched", CLUSTERS),
      labelSelector: "watched=yes",
      objects: OBJECTS,
    };
    for (const { how, fields } of [
      { how: "trimmed to labels and one field", fields: ["metadata.labels", "data.field-0"] },
      { how: "whole" },
    ]) {
      const { bytes, peakBytes, ms } = await measureMemory({ ...settings, fields });
      const peak = `at most ${figure(peakBytes / MIB, "MiB")} on the way of ${figure(ms / 1000, "s")}`;
      yield {
        what: `1,000 clusters, 100 objects of 1 KiB watched, ${how} (RSS)`,
        measured: `${figure(bytes / MIB, "MiB")}, ${peak}`,
        peer: `their JSON: ${figure((CLUSTERS * OBJECTS * OBJECT_BYTES) / MIB, "MiB")}`,
        ratio: `${(bytes / (CLUSTERS * OBJECTS * OBJECT_BYTES)).toFixed(2)}x`,
        goal: `${GOAL_MIB} MiB`,
        holds: bytes / MIB <= GOAL_MIB,
      };
    }
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
}
