import { request } from "node:https";

import { expect, test } from "vitest";

import { startApiServer } from "../src/api-server.js";

const PROTOBUF = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const QUERY =
  "watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

test("bookmarks of metadata come as protobuf, also of kinds that have none themselves", async () => {
  const listening = await startApiServer();
  const { server, url, caPem } = listening;
  const [, token] = /token: *"?([^"\s]+)/.exec(listening.kubeconfig()) ?? [];
  await using _server = server;
  const headers = { accept: PROTOBUF, authorization: `Bearer ${token ?? ""}` };
  const body = await new Promise<string>((resolve, reject) => {
    request(
      `${url}/apis/apiregistration.k8s.io/v1/apiservices?${QUERY}`,
      { ca: caPem, headers, agent: false },
      (answer) => {
        let text = "";
        answer.setEncoding("latin1").on("data", (part: string) => (text += part));
        answer.on("end", () => resolve(text)).on("error", reject);
      },
    )
      .on("error", reject)
      .end();
  });
  expect(body).toContain("BOOKMARK");
  expect(body).toContain("k8s.io/initial-events-end");
});
