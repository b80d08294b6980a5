import { ConfigMap, isForbidden, Namespace } from "@kvop/core";
import { expect, test } from "vitest";
import { createApiServer } from "./api-server.js";

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test("with RBAC a user may do what a binding grants, and nothing else", async () => {
  const server = createApiServer({ authorization: "RBAC" });
  const admin = server.client();
  const jane = server.client({ user: "jane" });
  const key = { namespace: "default", name: "a" };
  await admin.create(ConfigMap, { metadata: key });

  const refused = await caught(jane.get(ConfigMap, key));
  expect(isForbidden(refused)).toBe(true);
  expect((refused as Error).message).toBe(
    'configmaps "a" is forbidden: User "jane" cannot get resource "configmaps" in API group "" in the namespace "default"',
  );

  await admin.request({
    method: "POST",
    path: "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    body: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "jane-views" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "jane" }],
    },
  });
  expect((await jane.get(ConfigMap, key)).metadata?.name).toBe("a");
  expect(isForbidden(await caught(jane.delete(ConfigMap, key)))).toBe(true);
  expect(isForbidden(await caught(jane.list(Namespace)))).toBe(true);
});

test("without it everybody may do everything", async () => {
  const jane = createApiServer().client({ user: "jane" });
  expect((await jane.list(Namespace)).items.length).toBeGreaterThan(0);
});
