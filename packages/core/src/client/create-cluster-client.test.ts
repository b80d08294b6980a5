import { describe, expect, expectTypeOf, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { scriptedClient } from "../../test/scripted-client.js";
import { ApiError, isConflict, isNotFound, isUnauthorized } from "../errors/api-error.js";
import { UnexpectedResponseError } from "../errors/unexpected-response-error.js";
import { ConfigMap } from "../resources/config-map.js";
import { KubevirtConfig } from "../resources/kubevirt-config.js";
import { Machine } from "../resources/machine.js";
import { VirtualMachine } from "../resources/virtual-machine.js";
import type { RemoteClient, SupervisorClient } from "./cluster-client.js";

const notFound = {
  status: 404,
  body: { kind: "Status", reason: "NotFound", message: "gone", code: 404 },
};

describe("paths", () => {
  test("of namespaced, cluster-scoped and subresource requests", async () => {
    const { client, requests } = scriptedClient({ answers: [{}, {}, {}, {}] });
    await client.get(VirtualMachine, { namespace: "a", name: "web" });
    await client.get(KubevirtConfig, { name: "east" });
    await client.update(
      Machine,
      { metadata: { namespace: "a", name: "web" } },
      { subresource: "status" },
    );
    await client.create(Machine, { metadata: { namespace: "a", name: "web" } });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /apis/kubevirt.io/v1/namespaces/a/virtualmachines/web",
      "GET /apis/vitistack.io/v1alpha1/kubevirtconfigs/east",
      "PUT /apis/vitistack.io/v1alpha1/namespaces/a/machines/web/status",
      "POST /apis/vitistack.io/v1alpha1/namespaces/a/machines",
    ]);
    expect(requests[2]).toMatchObject({
      resource: "machines/status",
      body: { apiVersion: "vitistack.io/v1alpha1", kind: "Machine" },
    });
  });

  test.each(["..", ".", "", "a/b"])("never sends the name %j", async (name) => {
    const { client, requests } = scriptedClient({});
    await expect(client.get(KubevirtConfig, { name })).rejects.toThrow(TypeError);
    await expect(client.get(Machine, { name: "web" })).rejects.toThrow(/namespace/);
    expect(requests).toEqual([]);
  });
});

describe("answers", () => {
  test("get rejects with NotFound, find gives undefined", async () => {
    const { client } = scriptedClient({ answers: [notFound, notFound] });
    const error = await client
      .get(KubevirtConfig, { name: "x" })
      .catch((caught: unknown) => caught);
    expect(isNotFound(error)).toBe(true);
    expect(isConflict(error)).toBe(false);
    expect(await client.find(KubevirtConfig, { name: "x" })).toBeUndefined();
  });

  test("a page of a proxy is no API error with its text", async () => {
    const { client } = scriptedClient({
      answers: [
        { status: 502, body: "<html>secret</html>" },
        { status: 200, body: "<html></html>" },
        { status: 302, body: "" },
        { status: 401, body: "Unauthorized" },
      ],
    });
    const get = () =>
      client.get(KubevirtConfig, { name: "x" }).catch((error: unknown) => error as Error);
    const first = await get();
    expect(ApiError.isInstance(first) && first.isRetryable).toBe(true);
    expect(first).not.toHaveProperty("message", expect.stringContaining("secret"));
    expect(UnexpectedResponseError.isInstance(await get())).toBe(true);
    expect(UnexpectedResponseError.isInstance(await get())).toBe(true);
    expect(isUnauthorized(await get())).toBe(true);
  });

  test("Retry-After is read from the header or the status", async () => {
    const body = { kind: "Status", reason: "TooManyRequests", details: { retryAfterSeconds: 3 } };
    const { client } = scriptedClient({
      answers: [
        { status: 429, headers: { "retry-after": "2" }, body },
        { status: 429, body },
      ],
    });
    const wait = async () => {
      const error = await client
        .get(KubevirtConfig, { name: "x" })
        .catch((caught: unknown) => caught);
      return ApiError.isInstance(error) ? error.retryAfterMs : undefined;
    };
    expect([await wait(), await wait()]).toEqual([2000, 3000]);
  });

  test("list follows the pages and names the kind of each item", async () => {
    const { client, requests } = scriptedClient({
      answers: [
        {
          body: {
            metadata: { resourceVersion: "7", continue: "next" },
            items: [{ metadata: { name: "a" } }],
          },
        },
        { body: { metadata: { resourceVersion: "7" }, items: [{ metadata: { name: "b" } }] } },
      ],
    });
    const list = await client.list(Machine, { resourceVersion: "0", pageSize: 1 });
    expect(list.items).toMatchObject([
      { kind: "Machine", metadata: { name: "a" } },
      { apiVersion: "vitistack.io/v1alpha1", metadata: { name: "b" } },
    ]);
    expect(list.metadata).toEqual({ resourceVersion: "7" });
    expect(requests[1]?.query).toEqual([
      ["limit", "1"],
      ["continue", "next"],
    ]);
  });

  describe("a list that has no end", () => {
    const endless = (token: (page: number) => string) => {
      let pages = 0;
      const answer = () => {
        pages += 1;
        return { body: { metadata: { continue: token(pages) }, items: [{}] } };
      };
      const answers = Array.from({ length: 10_001 }, () => answer);
      return { ...scriptedClient({ answers }), answer };
    };

    test.each([
      { name: "the same token again", token: () => "next", requests: 2 },
      { name: "ever new tokens", token: (page: number) => `${page}`, requests: 10_000 },
    ])("is given up: $name", async ({ token, requests: expected }) => {
      const { client, requests } = endless(token);
      await expect(client.list(Machine)).rejects.toBeInstanceOf(UnexpectedResponseError);
      expect(requests).toHaveLength(expected);
    });

    test("page by page, too", async () => {
      const { client } = endless(() => "next");
      const read = async () => {
        for await (const page of client.listPages(Machine)) expect(page.items).toHaveLength(1);
      };
      await expect(read()).rejects.toBeInstanceOf(UnexpectedResponseError);
    });
  });

  test("the deadline of a list holds for all of its pages, that of listPages for each", async () => {
    const clock = new ManualClock();
    const slow = (token: number) => () => {
      clock.pass(40);
      return { body: { metadata: { continue: `${token}` }, items: [] } };
    };
    const script = () => ({ answers: [slow(1), slow(2), slow(3), slow(4)], clock });
    const call = { timeoutMs: 100 };
    const whole = scriptedClient(script());
    await expect(whole.client.list(Machine, call)).rejects.toMatchObject({
      code: "DeadlineExceeded",
      timeoutMs: 100,
    });
    expect(whole.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([100, 60, 20]);
    const paged = scriptedClient(script());
    const pages = paged.client.listPages(Machine, call)[Symbol.asyncIterator]();
    for (let page = 0; page < 4; page += 1) await pages.next();
    expect(paged.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([100, 100, 100, 100]);
  });

  test("delete tells an object that waits from one that is gone", async () => {
    const { client, requests } = scriptedClient({
      answers: [
        { body: { kind: "Machine", metadata: { name: "a", deletionTimestamp: "t" } } },
        { body: { kind: "Status", status: "Success" } },
      ],
    });
    const key = { namespace: "n", name: "a" };
    expect(await client.delete(Machine, key, { preconditions: { uid: "u" } })).toMatchObject({
      kind: "Machine",
    });
    expect(await client.delete(Machine, key)).toBeUndefined();
    expect(requests[0]?.body).toMatchObject({ preconditions: { uid: "u" } });
  });
});

describe("watch", () => {
  test("gives events and bookmarks, and throws the server's error event", async () => {
    const { client } = scriptedClient({
      streams: [
        {
          events: [
            { type: "ADDED", object: { metadata: { name: "a" } } },
            { type: "BOOKMARK", object: { metadata: { resourceVersion: "9" } } },
            {
              type: "ERROR",
              object: { kind: "Status", code: 410, reason: "Expired", message: "too old" },
            },
          ],
        },
      ],
    });
    const seen: unknown[] = [];
    const run = async () => {
      for await (const event of client.watch(Machine)) seen.push(event.type);
    };
    await expect(run()).rejects.toMatchObject({ reason: "Expired" });
    expect(seen).toEqual(["added", "bookmark"]);
  });
});

describe("answers that no API server gives", () => {
  test.each([["a list"], 1, "text", null, undefined, true].map((body) => ({ body })))(
    "instead of an object: $body",
    async ({ body }) => {
      const { client } = scriptedClient({ answers: [{ body }] });
      const read = client.get(KubevirtConfig, { name: "a" });
      await expect(read).rejects.toBeInstanceOf(UnexpectedResponseError);
    },
  );

  test.each([{ items: [null] }, { items: [1] }, { items: [{}, []] }])("%j", async (body) => {
    const { client } = scriptedClient({ answers: [{ body }] });
    await expect(client.list(Machine)).rejects.toBeInstanceOf(UnexpectedResponseError);
  });

  test("but a list may lack its metadata and its items", async () => {
    const { client } = scriptedClient({ answers: [{ body: {} }] });
    expect(await client.list(Machine)).toMatchObject({ items: [] });
  });

  test.each([null, 1, [], "text", {}, { type: "ADDED" }, { type: "ADDED", object: [] }])(
    "as an event: %j",
    async (event) => {
      const { client } = scriptedClient({ streams: [{ events: [event] }] });
      await expect(client.watch(Machine)[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(
        UnexpectedResponseError,
      );
    },
  );
});

test("a supervisor's client is no cluster's", () => {
  expectTypeOf<SupervisorClient>().not.toExtend<RemoteClient>();
  expectTypeOf<RemoteClient>().not.toExtend<SupervisorClient>();
});

describe("failures whose own message says too little", () => {
  const failure = async (answer: { status: number; body: unknown }): Promise<ApiError> => {
    const { client } = scriptedClient({ answers: [answer] });
    const error: unknown = await client.get(KubevirtConfig, { name: "east" }).catch((e) => e);
    if (!ApiError.isInstance(error)) throw new Error("no ApiError");
    return error;
  };

  test("credentials that are not accepted: which cluster's, and what to do", async () => {
    const body = { kind: "Status", message: "Unauthorized", reason: "Unauthorized", code: 401 };
    const error = await failure({ status: 401, body });
    expect(error.message).toMatch(
      /^Cluster ".+" does not accept the credentials .*Renew the token/,
    );
    expect(error.status.message).toBe("Unauthorized");
    expect(isUnauthorized(error)).toBe(true);
  });

  test("a page of a proxy: nothing of it, and where to look", async () => {
    const error = await failure({ status: 502, body: "<html>secret-of-the-proxy</html>" });
    expect(error.message).toContain("no Kubernetes Status. Check that the server's address");
    expect(JSON.stringify([error.message, error.status])).not.toContain("secret-of-the-proxy");
  });

  test("a short text of the server itself stays", async () => {
    const error = await failure({ status: 503, body: "etcd is not ready" });
    expect(error.message).toBe("The server answered with status 503: etcd is not ready");
  });

  test("reads have half a minute, writes more than the webhooks of KubeVirt take", async () => {
    const object = { metadata: { namespace: "n", name: "a" } };
    const key = { namespace: "n", name: "a" };
    const answers = Array.from({ length: 9 }, () => ({ body: { metadata: {}, items: [] } }));
    const { client, requests } = scriptedClient({
      answers,
      streams: [{ events: [] }],
      clock: new ManualClock(),
    });
    await client.get(ConfigMap, key);
    await client.list(ConfigMap);
    await client.request({ method: "GET", path: "/readyz" });
    for await (const event of client.watch(ConfigMap)) void event;
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 30_000, 30_000, 30_000]);
    requests.length = 0;
    await client.create(ConfigMap, object);
    await client.update(ConfigMap, object);
    await client.patch(ConfigMap, key, { type: "merge", patch: {} });
    await client.apply(ConfigMap, object);
    await client.delete(ConfigMap, key);
    await client.request({ method: "PUT", path: "/apis/a/v1/b/c/start" });
    expect(new Set(requests.map(({ timeoutMs }) => timeoutMs))).toEqual(new Set([40_000]));
  });
});
