import { describe, expect, it } from "vitest";
import {
  builtInGroups,
  builtInOpenApiDocument,
  builtInOpenApiPaths,
  builtInOpenApiV2,
  builtInResources,
  builtInSchema,
  builtInVersion,
} from "./built-in-resources.js";

describe("built-in data", () => {
  it("lists the core group first and knows preferred versions", () => {
    const groups = builtInGroups();
    expect(groups[0]).toEqual({ name: "", versions: ["v1"] });
    expect(groups.find(({ name }) => name === "autoscaling")?.versions).toEqual(["v2", "v1"]);
  });

  it("describes pods as the server does", () => {
    const pods = builtInResources().find((r) => r.group === "" && r.plural === "pods");
    expect(pods).toMatchObject({
      version: "v1",
      kind: "Pod",
      singular: "pod",
      shortNames: ["po"],
      categories: ["all"],
      namespaced: true,
      isStorageVersion: true,
    });
    expect(pods?.columns.slice(0, 3).map(({ name }) => name)).toEqual(["Name", "Ready", "Status"]);
    expect(pods?.subresources.find(({ name }) => name === "eviction")).toEqual({
      name: "eviction",
      kind: "Eviction",
      group: "policy",
      version: "v1",
      verbs: ["create"],
    });
  });

  it("has a schema for every resource's kind", () => {
    const without = builtInResources()
      .filter(({ group, version, kind }) => builtInSchema(group, version, kind) === undefined)
      .map(({ plural }) => plural);
    expect(without).toEqual([]);
  });

  it("resolves references and keeps merge rules", () => {
    const pod = builtInSchema("", "v1", "Pod");
    const spec = pod?.resolveRef("#/components/schemas/io.k8s.api.core.v1.PodSpec");
    expect(spec).toHaveProperty("properties.containers.x-kubernetes-list-type", "map");
    expect(pod?.resolveRef("#/components/schemas/none")).toBeUndefined();
    expect(builtInSchema("", "v1", "None")).toBeUndefined();
    expect(builtInSchema("none.example.com", "v1", "None")).toBeUndefined();
  });

  it("keeps a property that is called description", () => {
    const found = builtInSchema("scheduling.k8s.io", "v1", "PriorityClass");
    expect(found?.schema).toHaveProperty("properties.description.type", "string");
    expect(found?.schema).not.toHaveProperty("description");
  });

  it("serves the index, each document in it, and version 2", () => {
    const index = JSON.parse(builtInOpenApiDocument("") ?? "") as { paths: object };
    expect(Object.keys(index.paths)).toEqual(builtInOpenApiPaths().map(({ path }) => path));
    for (const { path } of builtInOpenApiPaths()) {
      expect(JSON.parse(builtInOpenApiDocument(path) ?? "")).toHaveProperty("openapi");
    }
    expect(builtInOpenApiDocument("apis/none")).toBeUndefined();
    expect(JSON.parse(builtInOpenApiV2())).toHaveProperty("swagger", "2.0");
  });

  it("knows the version that it was taken from", () => {
    expect(builtInVersion()["major"]).toBe("1");
  });
});
