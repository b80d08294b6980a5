import { AppsV1Api, CoreV1Api, CustomObjectsApi, VersionApi } from "@kubernetes/client-node";
import { createClusterClient, type OwnedClient, type RemoteClient } from "@kvop/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  type ClusterServer,
  sendJson,
  startClusterServer,
  statusOf,
} from "../../test/cluster-server.js";
import { client as clientCertificate } from "../../test/kubeconfig-corpus.js";
import type { ClusterConnection } from "../policy/cluster-connection.js";
import type { RequestObservation } from "../transport/transport-observer.js";
import { createUndiciTransport } from "../transport/undici-transport.js";
import { createKubeConfig } from "./create-kube-config.js";
import { checkClientNodeVersion } from "./import-client-node.js";
import { until } from "../../test/until.js";

let server: ClusterServer;
let client: OwnedClient<RemoteClient>;
let observed: RequestObservation[];

beforeEach(async () => {
  server = await startClusterServer();
  connect();
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await until(() => expect(server.sockets.size).toBe(0));
  await server[Symbol.asyncDispose]();
});

function connectionOf(path = ""): ClusterConnection {
  return { server: `${server.url}${path}`, caPem: server.caPem, token: server.token };
}

function connect(path?: string): void {
  observed = [];
  const transport = createUndiciTransport(connectionOf(path), {
    name: "east",
    observer: { onRequest: (request) => observed.push(request) },
  });
  client = createClusterClient(transport, { role: "cluster", name: "east" });
}

const configMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "default", labels: { "a/b": "ä" } },
  data: { key: "value" },
};

/** Answers each request with what it asked for. */
function echo(): void {
  server.intercept = (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      bodies.push({ type: request.headers["content-type"], body: JSON.parse(body || "null") });
      sendJson(response, 200, configMap);
    });
    return true;
  };
}
const bodies: Array<{ type: string | undefined; body: unknown }> = [];

describe("its API classes", () => {
  it("read, list and write over the client's connection", async () => {
    const config = await createKubeConfig("east", connectionOf(), client);
    const api = config.makeApiClient(CoreV1Api);
    server.objects.set("/api/v1/namespaces/default/configmaps/a", configMap);
    server.objects.set("/api/v1/namespaces/default/configmaps", {
      metadata: { continue: "next", resourceVersion: "1" },
      items: [configMap],
    });
    const key = { namespace: "default", name: "a" };
    expect((await api.readNamespacedConfigMap(key)).data).toEqual(configMap.data);
    const selector = "a=b,c in (d)";
    const list = await api.listNamespacedConfigMap({
      namespace: "default",
      labelSelector: selector,
    });
    expect([list.items.length, list.metadata?._continue]).toEqual([1, "next"]);
    expect(server.requests.at(-1)).toContain("labelSelector=a%3Db%2Cc%20in%20(d)");
    echo();
    await api.createNamespacedConfigMap({ namespace: "default", body: configMap });
    await api.patchNamespacedConfigMap({ ...key, body: [{ op: "add", path: "/x", value: 1 }] });
    await api.deleteNamespacedConfigMap(key);
    expect(bodies).toMatchObject([
      { type: "application/json", body: configMap },
      { type: "application/json-patch+json", body: [{ op: "add", path: "/x", value: 1 }] },
      {},
    ]);
    expect(observed.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      "get configmaps",
      "list configmaps",
      "create configmaps",
      "patch configmaps",
      "delete configmaps",
    ]);
    expect(server.connections).toBe(1);
  });

  it("share it with other API classes, custom objects included", async () => {
    const config = await createKubeConfig("east", connectionOf(), client);
    server.objects.set("/version", { major: "1", minor: "37", gitVersion: "v1.37.2" });
    server.objects.set("/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web", { spec: {} });
    server.objects.set("/apis/apps/v1/deployments", { items: [] });
    expect((await config.makeApiClient(VersionApi).getCode()).minor).toBe("37");
    await config.makeApiClient(AppsV1Api).listDeploymentForAllNamespaces();
    const object: unknown = await config.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      group: "kubevirt.io",
      version: "v1",
      namespace: "default",
      plural: "virtualmachines",
      name: "web",
    });
    expect(object).toEqual({ spec: {} });
    expect(server.connections).toBe(1);
  });

  it("reject with client-node's own exception and the server's Status", async () => {
    const config = await createKubeConfig("east", connectionOf(), client);
    const api = config.makeApiClient(CoreV1Api);
    const read = api.readNamespacedConfigMap({ namespace: "default", name: "b" });
    await expect(read).rejects.toMatchObject({ code: 404, name: "Error" });
    server.intercept = (_request, response) => {
      sendJson(response, 429, statusOf(429, "TooManyRequests"));
      return true;
    };
    const error: unknown = await api
      .readNamespacedConfigMap({ namespace: "default", name: "b" })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 429 });
    expect(String(error)).not.toContain(server.token);
  });

  it("give text as text", async () => {
    const config = await createKubeConfig("east", connectionOf(), client);
    server.intercept = (_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.end('{"not": "parsed"}\nnext');
      return true;
    };
    const log = await config
      .makeApiClient(CoreV1Api)
      .readNamespacedPodLog({ namespace: "default", name: "a" });
    expect(log).toBe('{"not": "parsed"}\nnext');
  });

  it("keep the path of the server's URL, once", async () => {
    await client[Symbol.asyncDispose]();
    connect("/k8s/clusters/c-1");
    const config = await createKubeConfig("east", connectionOf("/k8s/clusters/c-1"), client);
    server.objects.set("/k8s/clusters/c-1/api/v1/namespaces/default/configmaps/a", configMap);
    const api = config.makeApiClient(CoreV1Api);
    await api.readNamespacedConfigMap({ namespace: "default", name: "a" });
    expect(config.getCurrentCluster()?.server).toBe(`${server.url}/k8s/clusters/c-1`);
  });
});

it("holds what client-node's other classes need", async () => {
  const { certPem, keyPem } = clientCertificate;
  const connection = {
    ...connectionOf(),
    clientCertificatePem: certPem,
    clientKeyPem: keyPem,
    tlsServerName: "api.internal",
  };
  const config = await createKubeConfig("east", connection, client);
  const decode = (data: string | undefined) => Buffer.from(data ?? "", "base64").toString();
  expect(decode(config.getCurrentCluster()?.caData)).toBe(server.caPem);
  expect(config.getCurrentCluster()).toMatchObject({
    skipTLSVerify: false,
    tlsServerName: "api.internal",
  });
  expect(config.getCurrentUser()?.token).toBe(server.token);
  expect(decode(config.getCurrentUser()?.certData)).toBe(certPem);
  expect(decode(config.getCurrentUser()?.keyData)).toBe(keyPem);
});

describe("the version of client-node", () => {
  it.each([
    ["1.4.0", "20.19.0"],
    ["1.9.9", "24.0.0"],
    ["2.0.1", "22.19.0"],
    ["2.0.1", "24.1.0"],
  ])("%s runs on Node %s", (version, node) => {
    expect(() => checkClientNodeVersion(version, node)).not.toThrow();
  });

  it.each([
    ["2.0.1", "20.20.2"],
    ["2.5.0", "22.18.9"],
    [undefined, "24.0.0"],
  ])("%s does not run on Node %s, and the error says what to install", (version, node) => {
    const check = () => checkClientNodeVersion(version, node);
    expect(check).toThrow(expect.objectContaining({ code: "ClientNodeUnusable" }) as Error);
    expect(check).toThrow(/npm i @kubernetes\/client-node@1/);
  });
});
