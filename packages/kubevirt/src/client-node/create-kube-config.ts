import { createRequire } from "node:module";

import type { KubeConfig } from "@kubernetes/client-node";
import { ApiError, ClientNodeError, type RemoteClient, type TransportRequest } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";

type ClientNode = typeof import("@kubernetes/client-node");
type HttpLibrary = Parameters<ClientNode["wrapHttpLibrary"]>[0];
type RequestContext = Parameters<HttpLibrary["send"]>[0];

/**
 * client-node's own `KubeConfig` of a cluster, whose API classes (`makeApiClient`) send over the manager's connections. Its
 * Watch, Log, Exec, Attach and PortForward open connections of their own.
 *
 * @throws ClientNodeError when @kubernetes/client-node is not installed, or its version does not run on this Node.
 */
export async function createKubeConfig(
  name: string,
  connection: ClusterConnection,
  client: RemoteClient,
): Promise<KubeConfig> {
  const clientNode = await importClientNode();
  const config = new clientNode.KubeConfig();
  const { caPem, clientCertificatePem, clientKeyPem, token, tlsServerName } = connection;
  config.loadFromOptions({
    clusters: [
      {
        name,
        server: connection.server,
        skipTLSVerify: false,
        ...(caPem === undefined ? {} : { caData: toBase64(caPem) }),
        ...(tlsServerName === undefined ? {} : { tlsServerName }),
      },
    ],
    users: [
      {
        name,
        ...(token === undefined ? {} : { token }),
        ...(clientCertificatePem === undefined ? {} : { certData: toBase64(clientCertificatePem) }),
        ...(clientKeyPem === undefined ? {} : { keyData: toBase64(clientKeyPem) }),
      },
    ],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  const httpApi = clientNode.wrapHttpLibrary({
    send: (request) => sendOver(client, request, clientNode),
  });
  const basePath = new URL(connection.server).pathname.replace(/\/+$/, "");
  const baseServer = new clientNode.ServerConfiguration(`https://cluster.invalid${basePath}`, {});
  config.makeApiClient = (apiClientType) =>
    new apiClientType(clientNode.createConfiguration({ baseServer, httpApi, authMethods: {} }));
  return config;
}

async function sendOver(
  client: RemoteClient,
  request: RequestContext,
  clientNode: ClientNode,
): ReturnType<HttpLibrary["send"]> {
  const url = new URL(request.getUrl());
  const headers = lowerCase(request.getHeaders());
  const body = request.getBody();
  const {
    status,
    headers: answerHeaders,
    body: answer,
  } = await asResponse(
    client.request({
      method: request.getHttpMethod() as TransportRequest["method"],
      path: url.pathname,
      query: [...url.searchParams],
      body: typeof body === "string" && body !== "" ? (JSON.parse(body) as unknown) : undefined,
      contentType: headers["content-type"],
      accept: "application/json",
      signal: request.getSignal(),
    }),
  );
  const text = typeof answer === "string" ? answer : JSON.stringify(answer ?? {});
  const bytes = Promise.resolve(Buffer.from(text));
  return new clientNode.ResponseContext(
    status,
    { "content-type": "application/json", ...answerHeaders },
    new clientNode.SelfDecodingBody(bytes),
  );
}

/** client-node makes its own exception of a failure: it is given the answer as it came. */
async function asResponse(
  response: ReturnType<RemoteClient["request"]>,
): ReturnType<RemoteClient["request"]> {
  try {
    return await response;
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    return { status: error.httpStatus, headers: {}, body: error.status };
  }
}

async function importClientNode(): Promise<ClientNode> {
  const version = installedVersion();
  if (version === undefined) {
    throw new ClientNodeError({
      problem:
        "it is not installed. Run npm i @kubernetes/client-node@1 (or @2 on Node 22.19 and later).",
    });
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isOldNode = major < 22 || (major === 22 && minor < 19);
  if (Number(version.split(".")[0]) >= 2 && isOldNode) {
    throw new ClientNodeError({
      problem: `version ${version} needs Node 22.19 or later and this is ${process.versions.node}. Run npm i @kubernetes/client-node@1, or a newer Node.`,
    });
  }
  try {
    return await import("@kubernetes/client-node");
  } catch (error) {
    throw new ClientNodeError(
      { problem: `version ${version} does not load on Node ${process.versions.node}.` },
      { cause: error },
    );
  }
}

function installedVersion(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url)("@kubernetes/client-node/package.json") as {
      version?: unknown;
    };
    return typeof manifest.version === "string" ? manifest.version : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Installed, but its manifest is not exported: the import will say whether it runs.
    return code === "ERR_PACKAGE_PATH_NOT_EXPORTED" ? "1" : undefined;
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
