import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

import { ConfigMap, systemClock, systemRandom } from "@kvop/core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { createApiServer } from "../src/api-server.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";
import { watchLeaks } from "../src/leaks/leak-watch.js";
import { createCertificateAuthority } from "../src/authentication/certificate-authority.js";
import type { JsonObject } from "../src/schema/json.js";

interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly oldObject: unknown;
  };
}

let webhook: Server;
let url = "";
let caBundle = "";
let ownCertificate = "";
let unanswered = 0;
const reviews: Review["request"][] = [];

beforeAll(async () => {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const { certPem, keyPem } = authority.issueServer({ hosts: ["127.0.0.1", "hooks.default.svc"] });
  caBundle = Buffer.from(authority.caPem).toString("base64");
  ownCertificate = Buffer.from(certPem).toString("base64");
  webhook = createServer({ cert: certPem, key: keyPem }, (incoming, answer) => {
    let text = "";
    incoming.on("data", (part) => (text += String(part)));
    incoming.on("end", () => {
      const { request } = JSON.parse(text) as Review;
      if (incoming.url?.startsWith("/silent")) {
        unanswered += 1;
        return;
      }
      reviews.push(request);
      const patch = [{ op: "add", path: "/data/hooked", value: "yes" }];
      const response = incoming.url?.startsWith("/mutate")
        ? {
            allowed: true,
            patchType: "JSONPatch",
            patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
          }
        : { allowed: request.operation !== "DELETE", status: { code: 403, message: "it stays" } };
      answer.end(
        JSON.stringify({
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: { uid: request.uid, ...response },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
});
afterAll(() => {
  webhook.closeAllConnections();
  webhook.close();
});

function configuration(kind: string, path: string, operations: readonly string[]): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: path },
    webhooks: [
      {
        name: `${path}.example.com`,
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Fail",
        timeoutSeconds: 5,
        clientConfig: { url: `${url}/${path}`, caBundle },
        rules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: [...operations],
            resources: ["configmaps"],
          },
        ],
      },
    ],
  };
}

it("lets a mutating webhook change an object, and a validating one refuse its deletion", async () => {
  await using server = createApiServer();
  const client = server.client();
  server.load(configuration("MutatingWebhookConfiguration", "mutate", ["CREATE"]));
  server.load(configuration("ValidatingWebhookConfiguration", "validate", ["CREATE", "DELETE"]));
  const key = { namespace: "default", name: "a" };
  const made = await client.create(ConfigMap, { metadata: key, data: { a: "b" } });
  expect(made.data).toEqual({ a: "b", hooked: "yes" });
  await expect(client.delete(ConfigMap, key)).rejects.toThrow(
    'admission webhook "validate.example.com" denied the request: it stays',
  );
  expect((await client.get(ConfigMap, key)).data).toEqual({ a: "b", hooked: "yes" });
  expect(reviews.map(({ operation }) => operation)).toEqual(["CREATE", "CREATE", "DELETE"]);
  expect(reviews[2]?.oldObject).toMatchObject({ metadata: { name: "a" } });
  await client[Symbol.asyncDispose]();
});

it("leaves no connection behind, whether a webhook answered or never will", async () => {
  await using leaks = watchLeaks({ processListeners: false });
  const server = createApiServer();
  const client = server.client();
  server.load(configuration("MutatingWebhookConfiguration", "mutate", ["CREATE"]));
  await client.create(ConfigMap, {
    metadata: { namespace: "default", name: "a" },
    data: { a: "b" },
  });
  server.load(configuration("ValidatingWebhookConfiguration", "silent", ["UPDATE"]));
  const patch = [{ op: "add" as const, path: "/data", value: {} }];
  const key = { namespace: "default", name: "a" };
  const pending = client
    .patch(ConfigMap, key, { type: "json", operations: patch })
    .catch(() => undefined);
  await vi.waitFor(() => expect(unanswered).toBe(1));
  await server[Symbol.asyncDispose]();
  expect(await leaks.find()).toEqual([]);
  await pending;
  await client[Symbol.asyncDispose]();
});

it("waits for a webhook by the clock of the server", async () => {
  const clock = new VirtualClock();
  await using server = createApiServer({ clock });
  const client = server.client();
  server.load(configuration("ValidatingWebhookConfiguration", "silent", ["CREATE"]));
  const made = client.create(ConfigMap, {
    metadata: { namespace: "default", name: "a" },
    data: { a: "b" },
  });
  const outcome = made.then(
    () => "made",
    (error: unknown) => String(error),
  );
  await clock.advance(5000);
  expect(await outcome).toMatch(/silent\?timeout=5s": context deadline exceeded$/);
  await client[Symbol.asyncDispose]();
});

it("asks the address that is given for a service", async () => {
  const { port } = webhook.address() as AddressInfo;
  await using server = createApiServer({
    resolveService: ({ name }) => (name === "hooks" ? { host: "127.0.0.1", port } : undefined),
  });
  const client = server.client();
  const mutating = configuration("MutatingWebhookConfiguration", "mutate", ["CREATE"]);
  const [hook] = mutating["webhooks"] as JsonObject[];
  if (hook === undefined) throw new Error("there is one webhook");
  hook["clientConfig"] = {
    service: { name: "hooks", namespace: "default", path: "/mutate" },
    caBundle,
  };
  server.load(mutating);
  const made = await client.create(ConfigMap, {
    metadata: { namespace: "default", name: "a" },
    data: { a: "b" },
  });
  expect(made.data).toEqual({ a: "b", hooked: "yes" });
  await client[Symbol.asyncDispose]();
});

/** What creating an object says where its one webhook is called by this. */
async function outcomeOf(clientConfig: JsonObject): Promise<string> {
  await using server = createApiServer();
  const client = server.client();
  const mutating = configuration("MutatingWebhookConfiguration", "mutate", ["CREATE"]);
  const [hook] = mutating["webhooks"] as JsonObject[];
  if (hook === undefined) throw new Error("there is one webhook");
  hook["clientConfig"] = clientConfig;
  server.load(mutating);
  const metadata = { namespace: "default", name: "a" };
  const made = await client.create(ConfigMap, { metadata, data: { a: "b" } }).then(
    ({ data }) => JSON.stringify(data),
    (error: unknown) => String(error),
  );
  await client[Symbol.asyncDispose]();
  return made;
}

it("trusts a webhook by its own certificate, as controller-runtime's tests hand it out", async () => {
  expect(await outcomeOf({ url: `${url}//mutate/`, caBundle: ownCertificate })).toBe(
    '{"a":"b","hooked":"yes"}',
  );
});

it("trusts no other authority, and no other name", async () => {
  const other = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const foreign = other.issueServer({ hosts: ["127.0.0.1"] }).certPem;
  for (const pem of [other.caPem, foreign]) {
    const bundle = Buffer.from(pem).toString("base64");
    expect(await outcomeOf({ url: `${url}/mutate`, caBundle: bundle })).toMatch(
      /x509: certificate signed by unknown authority$/,
    );
  }
  const elsewhere = url.replace("127.0.0.1", "localhost");
  for (const bundle of [caBundle, ownCertificate])
    expect(await outcomeOf({ url: `${elsewhere}/mutate`, caBundle: bundle })).toMatch(
      /x509: certificate is not valid for localhost$/,
    );
});

it("gives up a webhook that does not even shake hands", async () => {
  const sockets = new Set<Socket>();
  const mute = createTcpServer((socket) => {
    socket.resume();
    sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as AddressInfo;
  const server = createApiServer();
  const client = server.client();
  const mutating = configuration("MutatingWebhookConfiguration", "mutate", ["CREATE"]);
  const [hook] = mutating["webhooks"] as JsonObject[];
  if (hook === undefined) throw new Error("there is one webhook");
  hook["clientConfig"] = { url: `https://127.0.0.1:${port}/mutate`, caBundle };
  server.load(mutating);
  const metadata = { namespace: "default", name: "a" };
  const made = client.create(ConfigMap, { metadata }).catch(() => undefined);
  await vi.waitFor(() => expect(sockets.size).toBe(1));
  await server[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(sockets.size).toBe(0));
  await made;
  await client[Symbol.asyncDispose]();
  mute.close();
});
