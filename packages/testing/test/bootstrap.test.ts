import { expect, test } from "vitest";
import { type ApiServer, createApiServer } from "../src/api-server.js";

interface Body {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
  readonly spec: Readonly<Record<string, unknown>>;
}

async function get(server: ApiServer, path: string): Promise<Body> {
  const answer = await server.handle({
    method: "GET",
    path: path.split("/"),
    query: new URLSearchParams(),
    body: undefined,
    contentType: "application/json",
    accept: "",
    userAgent: "test",
    user: { username: "admin", groups: ["system:masters"] },
  });
  if (answer.type !== "json") throw new Error(`no JSON at ${path}`);
  return answer.body as unknown as Body;
}

const names = ({ items }: Body): string[] => items.map(({ metadata }) => metadata.name);

test("a fresh server has what a real one makes by itself", async () => {
  const server = createApiServer({ authorization: "RBAC" });
  expect((await get(server, "api/v1/namespaces/default/services/kubernetes")).spec).toMatchObject({
    clusterIP: "10.0.0.1",
    ports: [{ name: "https", port: 443 }],
  });
  expect(names(await get(server, "apis/scheduling.k8s.io/v1/priorityclasses"))).toEqual([
    "system-cluster-critical",
    "system-node-critical",
  ]);
  expect(names(await get(server, "apis/rbac.authorization.k8s.io/v1/clusterroles"))).toContain(
    "cluster-admin",
  );
  expect(names(await get(server, "apis/apiregistration.k8s.io/v1/apiservices"))).toContain(
    "v1.apps",
  );
});

test("without RBAC there are no roles", async () => {
  const server = createApiServer();
  expect(names(await get(server, "apis/rbac.authorization.k8s.io/v1/clusterroles"))).toEqual([]);
});

test("two servers share nothing that one of them can change", async () => {
  const [one, two] = [createApiServer(), createApiServer()];
  const path = "apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical";
  const uid = async (server: ApiServer) =>
    ((await get(server, path)) as unknown as { metadata: { uid: string } }).metadata.uid;
  expect(await uid(one)).not.toBe(await uid(two));
  expect(await uid(one)).toBe(await uid(one));
});

test("the address of a service is an object as long as the service is there", async () => {
  const server = createApiServer();
  const services = "api/v1/namespaces/default/services";
  const write = (method: string, path: string, body?: object) =>
    server.handle({
      method,
      path: path.split("/"),
      query: new URLSearchParams(),
      body: body as never,
      contentType: "application/json",
      accept: "",
      userAgent: "test",
      user: { username: "admin", groups: ["system:masters"] },
    });
  const addresses = "apis/networking.k8s.io/v1/ipaddresses";
  await write("POST", services, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } });
  const { spec } = await get(server, `${services}/a`);
  expect(names(await get(server, addresses)).toSorted()).toEqual(
    ["10.0.0.1", String(spec["clusterIP"])].toSorted(),
  );
  await write("DELETE", `${services}/a`);
  expect(names(await get(server, addresses))).toEqual(["10.0.0.1"]);
});
