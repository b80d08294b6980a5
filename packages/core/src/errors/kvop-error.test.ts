import { expect, test } from "vitest";
import * as core from "../index.js";

test("an error of another copy of the package is recognised by its code", () => {
  const foreign = Object.assign(new Error("x"), { isKvopError: true, code: "ConfigNotFound" });
  expect(core.ConfigNotFoundError.isInstance(foreign)).toBe(true);
  expect(core.SecretNotFoundError.isInstance(foreign)).toBe(false);
  expect(core.KvopError.isInstance(new Error("x"))).toBe(false);
  expect(core.KvopError.isInstance(undefined)).toBe(false);
});

test("every class has a code of its own and its own name", () => {
  const classes = Object.entries(core).filter(
    ([name]) => name.endsWith("Error") && /^[A-Z]/.test(name),
  );
  const codes = classes
    .filter(([name]) => name !== "KvopError" && name !== "TransportError" && name !== "ApiError")
    .map(([name, value]) => {
      const Class = value as unknown as new (fields: object) => core.KvopError;
      // A proxy answers every field with a text that is also a list.
      const error = new Class(new Proxy({}, { get: () => ["x"] }));
      expect(error.name).toBe(name);
      expect(error.message.length).toBeGreaterThan(20);
      return error.code;
    });
  expect(codes.length).toBeGreaterThan(15);
  expect(new Set(codes).size).toBe(codes.length);
});

test("transport errors are one family", () => {
  const error = new core.DeadlineExceededError({ cluster: "east", timeoutMs: 5, phase: "connect" });
  expect(core.TransportError.isInstance(error)).toBe(true);
  expect(core.TransportError.isInstance(new core.NoClusterError({ configNamespace: "x" }))).toBe(
    false,
  );
  expect(error.isRetryable).toBe(true);
});

test.each(["web", "a.b-c.d", "0"])("%j is a name", (name) => {
  expect(() => core.checkObjectName(name, "KubevirtConfig")).not.toThrow();
});

test.each(["", "Web", "a_b", "-a", "a.", "../x", "a/b", "a".repeat(254), 7, null])(
  "%j is no name",
  (name) => {
    expect(() => core.checkObjectName(name, "KubevirtConfig")).toThrow(core.InvalidNameError);
  },
);
