import { get } from "node:https";

import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { encodeOpenApi } from "../../src/open-api/encode-open-api.js";
import type { JsonObject } from "../../src/schema/json.js";
import { type ClientTarget, startClientTarget, targetNames } from "./client-target.js";

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

describe.each(targetNames)("OpenAPI as protobuf, %s server", (targetName) => {
  let target: ClientTarget;
  beforeAll(async () => {
    target = await startClientTarget(targetName);
  }, 100_000);
  afterAll(async () => {
    await target?.[Symbol.asyncDispose]();
  }, 60_000);

  describe.each([
    ["v2", "/openapi/v2"],
    ["v3", "/openapi/v3/apis/apps/v1"],
    ["v3", "/openapi/v3/api/v1"],
  ] as const)("%s of %s", (version, path) => {
    const type = `application/com.github.proto-openapi.spec.${version}`;

    it("says what its JSON says", async () => {
      const json = await read(target, path, "application/json");
      const protobuf = await read(target, path, `${type}@v1.0+protobuf`);
      expect(protobuf).toMatchObject({ status: 200, contentType: `${type}.v1.0+protobuf` });
      const expected = encodeOpenApi(JSON.parse(json.body.toString()) as JsonObject, version);
      expect(Buffer.compare(protobuf.body, expected)).toBe(0);
    });

    it("is chosen by what the client likes best", async () => {
      const chosen = async (accept: string): Promise<readonly [number, string]> => {
        const { status, contentType } = await read(target, path, accept);
        return [status, contentType];
      };
      expect(await chosen(`application/json;q=0.5,${type}.v1.0+protobuf`)).toEqual([
        200,
        `${type}.v1.0+protobuf`,
      ]);
      expect(await chosen(`application/json,${type}@v1.0+protobuf;q=0.5`)).toEqual([
        200,
        "application/json",
      ]);
      expect(await chosen("*/*")).toEqual([200, "application/json"]);
      expect(await chosen("text/plain")).toEqual([406, ""]);
    });
  });
});

function read(
  { url, kubeconfig }: ClientTarget,
  path: string,
  accept: string,
): Promise<{ readonly status: number; readonly contentType: string; readonly body: Buffer }> {
  const { clusters, users } = load(kubeconfig) as Kubeconfig;
  const ca = Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64");
  const headers = { accept, authorization: `Bearer ${users[0].user.token}` };
  return new Promise((resolve, reject) => {
    get(url + path, { ca, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          body: Buffer.concat(chunks),
        }),
      );
    }).on("error", reject);
  });
}
