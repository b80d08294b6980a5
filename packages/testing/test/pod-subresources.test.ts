import { expect, test } from "vitest";
import { type ApiServer, createApiServer } from "../src/api-server.js";

const pods = "api/v1/namespaces/default/pods";

async function ask(server: ApiServer, method: string, path: string, body?: object) {
  const [pathname = "", query = ""] = path.split("?");
  const answer = await server.handle({
    method,
    path: pathname.split("/"),
    query: new URLSearchParams(query),
    body: body as never,
    contentType: "application/json",
    accept: "",
    userAgent: "test",
    user: { username: "admin", groups: ["system:masters"] },
  });
  if (answer.type !== "json" && answer.type !== "text") throw new Error(answer.type);
  const { message } = (answer.type === "json" ? answer.body : {}) as { message?: string };
  return { status: answer.status, message };
}

function podOf(name: string, nodeName: string | undefined, more: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name, labels: { app: "x" } },
    spec: {
      containers: [{ name: "main", image: "i" }],
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    ...more,
  };
}

async function withPod(name: string, nodeName?: string) {
  const server = createApiServer();
  await ask(server, "POST", pods, podOf(name, nodeName));
  return server;
}

const budgetOf = (disruptionsAllowed: number) => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "b", namespace: "default", generation: 1 },
  spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
  status: { observedGeneration: 1, disruptionsAllowed, desiredHealthy: 1, currentHealthy: 1 },
});

test("a pod that is on no node has an empty log, and nothing to connect to", async () => {
  const server = await withPod("p");
  expect(await ask(server, "GET", `${pods}/p/log`)).toEqual({ status: 204, message: undefined });
  expect(await ask(server, "POST", `${pods}/p/exec?command=ls`)).toMatchObject({
    status: 400,
    message: "pod p does not have a host assigned",
  });
});

test("nobody answers on the node of a pod", async () => {
  const server = await withPod("p", "n1");
  expect(await ask(server, "GET", `${pods}/p/log`)).toMatchObject({ status: 404 });
  server.load({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1" },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.7" }] },
  });
  expect(await ask(server, "GET", `${pods}/p/log?tailLines=3`)).toEqual({
    status: 500,
    message:
      'Get "https://192.0.2.7:10250/containerLogs/default/p/main?tailLines=3": dial tcp 192.0.2.7:10250: connect: connection refused',
  });
});

test("an eviction uses up what its budget allows", async () => {
  const server = await withPod("p", "n1");
  server.load(budgetOf(0));
  const isReady = { type: "Ready", status: "True" };
  server.load(podOf("p", "n1", { status: { phase: "Running", conditions: [isReady] } }));
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } };
  expect(await ask(server, "POST", `${pods}/p/eviction`, eviction)).toMatchObject({ status: 429 });
  expect(await ask(server, "GET", `${pods}/p`)).toMatchObject({ status: 200 });
  server.load(budgetOf(1));
  expect(await ask(server, "POST", `${pods}/p/eviction`, eviction)).toMatchObject({ status: 201 });
});
