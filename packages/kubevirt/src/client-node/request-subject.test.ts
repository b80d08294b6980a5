import { expect, it } from "vitest";

import { requestSubject } from "./request-subject.js";

it.each([
  ["GET", "/api/v1/namespaces/a/pods", "list", "pods"],
  ["GET", "/api/v1/namespaces/a/pods/b", "get", "pods"],
  ["GET", "/api/v1/namespaces/a/pods/b/log", "get", "pods/log"],
  ["GET", "/api/v1/pods", "list", "pods"],
  ["GET", "/api/v1/namespaces", "list", "namespaces"],
  ["GET", "/api/v1/namespaces/a", "get", "namespaces"],
  ["PUT", "/api/v1/namespaces/a/finalize", "update", "namespaces/finalize"],
  ["POST", "/apis/kubevirt.io/v1/namespaces/a/virtualmachines", "create", "virtualmachines"],
  ["PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale", "patch", "deployments/scale"],
  ["DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/b", "delete", "clusterroles"],
  ["DELETE", "/api/v1/namespaces/a/pods", "deletecollection", "pods"],
  ["GET", "/api", "get", ""],
  ["GET", "/apis/apps/v1", "get", ""],
  ["GET", "/readyz", "get", ""],
] as const)("%s %s is %s of %j", (method, path, verb, resource) => {
  expect(requestSubject(method, path, { isWatch: false })).toEqual({ verb, resource });
});

it("knows watches and applies", () => {
  expect(requestSubject("GET", "/api/v1/pods", { isWatch: true }).verb).toBe("watch");
  const contentType = "application/apply-patch+yaml";
  const path = "/api/v1/namespaces/a/pods/b";
  expect(requestSubject("PATCH", path, { isWatch: false, contentType }).verb).toBe("apply");
});
