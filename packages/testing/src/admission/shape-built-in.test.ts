import { describe, expect, it } from "vitest";

import type { JsonObject } from "../schema/json.js";
import { shapeBuiltIn } from "./shape-built-in.js";

function deployment(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x", ...metadata }, spec };
}

function withContainer(container: JsonObject): JsonObject {
  return deployment({ template: { spec: { containers: [container] } } });
}

describe("shapeBuiltIn", () => {
  // Recorded from a real server.
  it.each([
    [
      deployment({ replicas: "1" }),
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployment({ replicas: 1.5 }),
      "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployment({ template: { spec: { containers: {} } } }),
      "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
    ],
    [
      withContainer({ name: 1 }),
      "json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.name of type string",
    ],
    [
      deployment({ template: { spec: "x" } }),
      "json: cannot unmarshal string into Go struct field PodTemplateSpec.spec.template.spec of type v1.PodSpec",
    ],
    [
      deployment({}, { labels: { a: 1 } }),
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      deployment({}, { labels: [] }),
      "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
    ],
    [
      deployment({}, { creationTimestamp: "z" }),
      'parsing time "z" as "2006-01-02T15:04:05Z07:00": cannot parse "z" as "2006"',
    ],
    [
      withContainer({ resources: { limits: { cpu: "x" } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      withContainer({ ports: [{ containerPort: 9_999_999_999 }] }),
      "json: cannot unmarshal number 9999999999 into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
    ],
    [
      deployment({ strategy: { rollingUpdate: { maxSurge: true } } }),
      "json: cannot unmarshal bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
    ],
  ])("refuses %j in the words of the real server", (object, problem) => {
    expect(() => shapeBuiltIn(object)).toThrow(
      `Deployment in version "v1" cannot be handled as a Deployment: ${problem}`,
    );
  });

  it("refuses text that is not base64", () => {
    const secret = { apiVersion: "v1", kind: "Secret", data: { x: "!!" } };
    expect(() => shapeBuiltIn(secret)).toThrow("illegal base64 data at input byte 0");
  });

  it("refuses a MicroTime without its microseconds", () => {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      spec: { renewTime: "2026-01-02T03:04:05Z" },
    };
    expect(() => shapeBuiltIn(lease)).toThrow(
      'parsing time "2026-01-02T03:04:05Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    );
  });

  it("names unknown fields and leaves them out", () => {
    const { object, unknownFields } = shapeBuiltIn(
      deployment({ foo: 1, template: { spec: { containers: [{ name: "c", imag: "x" }] } } }),
    );
    expect(unknownFields.toSorted()).toEqual(["spec.foo", "spec.template.spec.containers[0].imag"]);
    expect(JSON.stringify(object)).not.toMatch(/foo|imag/);
  });

  it("writes quantities and times in their one form", () => {
    const { object } = shapeBuiltIn({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "x", creationTimestamp: "2026-01-02T04:04:05.9+01:00" },
      spec: { capacity: { storage: "1024Mi" } },
    });
    expect(object).toMatchObject({
      metadata: { creationTimestamp: "2026-01-02T03:04:05Z" },
      spec: { capacity: { storage: "1Gi" } },
    });
  });

  it("keeps hostile keys as they are", () => {
    const configMap = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","data":{"__proto__":"a","constructor":"b"}}',
    ) as JsonObject;
    expect(JSON.stringify(shapeBuiltIn(configMap).object.data)).toBe(
      '{"__proto__":"a","constructor":"b"}',
    );
  });
});
