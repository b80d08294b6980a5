import { describe, expect, test } from "vitest";
import { hasSecretBody, redact, redactQuery } from "./redact.js";

const attributes = { verb: "get", group: "", version: "v1", namespace: "", name: "" };

test("bodies of Secrets, tokens and reviews of tokens are never written", () => {
  const isSecret = (resource: string, subresource = "") =>
    hasSecretBody({ ...attributes, resource, subresource });
  expect(isSecret("secrets")).toBe(true);
  expect(isSecret("serviceaccounts", "token")).toBe(true);
  expect(isSecret("tokenreviews")).toBe(true);
  expect(isSecret("serviceaccounts")).toBe(false);
  expect(isSecret("configmaps")).toBe(false);
});

describe("fields that carry credentials, in objects of any kind", () => {
  test.each([
    ["token", "x"],
    ["bearerToken", "x"],
    ["password", "x"],
    ["userData", "#cloud-config"],
    ["userDataBase64", "eA=="],
    ["networkData", "x"],
    ["kubeconfig", "x"],
    ["privateKey", "x"],
    ["stringData", { a: "x" }],
  ])("%s", (name, value) => {
    const body = { spec: { list: [{ [name]: value }] } };
    expect(redact(body)).toEqual({ spec: { list: [{ [name]: "REDACTED" }] } });
    expect(body.spec.list[0]).toEqual({ [name]: value });
  });

  test("references to Secrets and plain fields stay", () => {
    const body = {
      secretRef: { name: "s" },
      secretName: "s",
      data: { a: "b" },
      automountServiceAccountToken: true,
    };
    expect(redact(body)).toEqual(body);
  });
});

test("a Secret in a list of several kinds, the copy that kubectl keeps, and steps of a JSON patch", () => {
  const last = "kubectl.kubernetes.io/last-applied-configuration";
  expect(redact([{ kind: "Secret", metadata: { name: "s" }, data: { a: "eA==" } }])).toEqual([
    { kind: "Secret", metadata: { name: "s" }, data: "REDACTED" },
  ]);
  expect(redact({ metadata: { annotations: { [last]: "{}", other: "x" } } })).toEqual({
    metadata: { annotations: { [last]: "REDACTED", other: "x" } },
  });
  const steps = [
    { op: "replace", path: "/spec/password", value: "x" },
    { op: "replace", path: "/spec/replicas", value: 3 },
  ];
  expect(redact(steps)).toEqual([{ ...steps[0], value: "REDACTED" }, steps[1]]);
});

test("a query keeps all but tokens", () => {
  const query = new URLSearchParams("watch=true&access_token=x");
  expect(redactQuery(query).toString()).toBe("watch=true&access_token=REDACTED");
  expect(query.get("access_token")).toBe("x");
});
