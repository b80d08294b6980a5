import type { KubeConfig } from "@kubernetes/client-node";
import type { RemoteClient } from "@kvop/core";

import type { ClusterConnection } from "../policy/cluster-connection.js";
import { importClientNode } from "./import-client-node.js";
import { sendOver } from "./send-over.js";

/**
 * client-node's own `KubeConfig` of a cluster, whose API classes (`makeApiClient`) send over the manager's connections, with its
 * deadlines, rate limit and repetitions. Its Watch, Log, Exec, Attach, Cp, PortForward and Metrics open connections of their own,
 * by the credentials of now: ask for a new one after a rotation.
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
  config.loadFromOptions({
    clusters: [clusterOf(name, connection)],
    users: [userOf(name, connection)],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  const httpApi = clientNode.wrapHttpLibrary({
    send: (context) => sendOver(client, context, clientNode),
  });
  // The host is the client's affair, and so is the path that the server's URL may have.
  const baseServer = new clientNode.ServerConfiguration("https://cluster.invalid", {});
  config.makeApiClient = (apiClientType) =>
    new apiClientType(clientNode.createConfiguration({ baseServer, httpApi, authMethods: {} }));
  return config;
}

function clusterOf(name: string, connection: ClusterConnection) {
  const { server, caPem, tlsServerName } = connection;
  return {
    name,
    server,
    skipTLSVerify: false,
    ...(caPem === undefined ? {} : { caData: toBase64(caPem) }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}

function userOf(name: string, connection: ClusterConnection) {
  const { token, clientCertificatePem, clientKeyPem } = connection;
  return {
    name,
    ...(token === undefined ? {} : { token }),
    ...(clientCertificatePem === undefined ? {} : { certData: toBase64(clientCertificatePem) }),
    ...(clientKeyPem === undefined ? {} : { keyData: toBase64(clientKeyPem) }),
  };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
