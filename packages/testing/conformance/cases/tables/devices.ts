import type { ConformanceCase } from "../../case.js";
import { listed, single, apis, clusterApis, named, past } from "./shown.js";

const driver = "example.com";
export const deviceCases: readonly ConformanceCase[] = [
  single(
    "device classes",
    clusterApis("resource.k8s.io", "deviceclasses"),
    named("{id}", { spec: {} }),
  ),
  listed(
    "resource claims",
    apis("resource.k8s.io", "resourceclaims"),
    named("a", { spec: {} }),
    named(
      "b",
      { spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } } },
      { finalizers: ["x.io/f"] },
    ),
  ),
  listed(
    "resource claim templates",
    apis("resource.k8s.io", "resourceclaimtemplates"),
    named("a", { spec: { spec: {} } }),
  ),
  single(
    "resource slices",
    clusterApis("resource.k8s.io", "resourceslices"),
    named("{id}", {
      spec: { driver, nodeName: "n1", pool: { name: "p", generation: 1, resourceSliceCount: 1 } },
    }),
    named("{id}-all", {
      spec: { driver, allNodes: true, pool: { name: "p", generation: 1, resourceSliceCount: 1 } },
    }),
  ),
  single(
    "device taints",
    clusterApis("resource.k8s.io", "devicetaintrules"),
    named("{id}", {
      spec: {
        deviceSelector: { driver },
        taint: { key: "x.io/k", value: "v", effect: "NoSchedule", timeAdded: past },
      },
    }),
  ),
];
