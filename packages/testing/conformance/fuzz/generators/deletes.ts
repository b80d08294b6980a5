import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections } from "../world.js";
import { mutatedBytes } from "./mutated-bytes.js";
import { mutatedJson } from "./mutated-json.js";

const options: readonly object[] = [
  {},
  { kind: "DeleteOptions", apiVersion: "v1" },
  { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" },
  { kind: "DeleteOptions", apiVersion: "apps/v1" },
  { kind: "DeleteOptions", apiVersion: "v9" },
  { kind: "Nope", apiVersion: "v1" },
  { kind: "ConfigMap", apiVersion: "v1" },
  { apiVersion: "v1" },
  { kind: "DeleteOptions" },
  { gracePeriodSeconds: 0 },
  { gracePeriodSeconds: 30 },
  { gracePeriodSeconds: -1 },
  { propagationPolicy: "Foreground" },
  { propagationPolicy: "Orphan", orphanDependents: true },
  { orphanDependents: false },
  { propagationPolicy: "Nope" },
  { preconditions: { uid: "x" } },
  { preconditions: { resourceVersion: "1" } },
  { dryRun: ["All"] },
  { dryRun: ["Nope"] },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true },
];

const body = fc.constantFrom(...options).chain((it) => {
  const json = mutatedJson(it, { maxChanges: 2 });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(Buffer.from(JSON.stringify(it))) },
    { weight: 3, arbitrary: json.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: mutatedBytes(json.map((text) => Buffer.from(text))) },
  );
});

/** Deletes that are kept: the world is put back after each that succeeds. */
export const deletes: fc.Arbitrary<FuzzRequest> = fc
  .record({
    name: fc.constantFrom(...(["configMaps", "pods", "deployments", "widgets"] as const)),
    target: fc.constantFrom("/a", "/a", "/a", "/nosuch", ""),
    contentType: fc.constantFrom("application/json", "application/json", "text/plain", ""),
    query: fc.constantFrom(
      "",
      "?dryRun=All",
      "?propagationPolicy=Foreground",
      "?gracePeriodSeconds=0",
    ),
    body,
  })
  .map((it) =>
    shownRequest({
      method: "DELETE",
      path: `${collections[it.name]}${it.target}${it.query}`,
      headers: { "content-type": it.contentType },
      body: it.body,
    }),
  );
