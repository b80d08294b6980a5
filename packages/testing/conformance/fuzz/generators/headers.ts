import fc from "fast-check";
import { dump } from "js-yaml";

import { encodeKubernetesProtobuf } from "../../../src/protobuf/kubernetes-protobuf.js";
import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { collections, validObjects } from "../world.js";
import { glued } from "./texts.js";

const mediaType = fc.constantFrom(
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/cbor",
  "text/plain",
  "text/html",
  "application/*",
  "*/*",
  "*",
  "APPLICATION/JSON",
  "application/JSON",
  "application / json",
  "application/json+x",
  "application/xml",
  "application",
  "/",
  "",
  " application/json",
);

const parameter = fc.constantFrom(
  ";q=0.5",
  ";q=0",
  ";q=1",
  ";q=x",
  ";q=2",
  ";q=-1",
  "; q=0.9",
  ";charset=utf-8",
  ";charset=latin1",
  ";charset",
  ";",
  ";;",
  ";stream=watch",
  ";as=Table;v=v1;g=meta.k8s.io",
  ";as=Table;v=v1",
  ";as=Table;v=v1beta1;g=meta.k8s.io",
  ";as=Table;v=v2;g=meta.k8s.io",
  ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  ";as=Nope;v=v1;g=meta.k8s.io",
  ";as=",
  ";pretty=1",
  ";pretty=0",
  ';charset="utf-8"',
  ';a="b',
  ";AS=Table;v=v1;g=meta.k8s.io",
  ";profile=nominal",
  ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
);

const clause = fc
  .tuple(mediaType, fc.array(parameter, { maxLength: 2 }))
  .map(([type, parameters]) => type + parameters.join(""));

const accept = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(clause, { minLength: 1, maxLength: 3 }).map((it) => it.join(",")),
  },
  {
    weight: 1,
    arbitrary: glued(["application", "/", "json", ";", ",", "=", "q", "0.1", " ", '"', "*"]),
  },
);

const collection = fc.constantFrom(...(["configMaps", "pods", "deployments", "widgets"] as const));
const path = fc.oneof(
  { weight: 3, arbitrary: collection.map((name) => collections[name]) },
  { weight: 3, arbitrary: collection.map((name) => `${collections[name]}/a`) },
  { weight: 1, arbitrary: collection.map((name) => `${collections[name]}/nosuch`) },
  { weight: 1, arbitrary: collection.map((name) => `${collections[name]}?watch=1`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "/api",
      "/apis",
      "/api/v1",
      "/apis/apps",
      "/apis/apps/v1",
      "/version",
      "/nosuch",
      "/healthz",
      "/openapi/v2",
      "/openapi/v3",
      "/apis/nosuch.example.com/v1",
    ),
  },
);

export const acceptHeaders: fc.Arbitrary<FuzzRequest> = fc
  .record({ path, accept })
  // As protobuf these two name no version of their own.
  .filter((it) => !["/api", "/api/v1"].includes(it.path) || !it.accept.includes("protobuf"))
  .map((it) => shownRequest({ method: "GET", path: it.path, headers: { accept: it.accept } }));

const forms: readonly ((object: object) => Uint8Array)[] = [
  (object) => Buffer.from(JSON.stringify(object)),
  (object) => Buffer.from(dump(object)),
  (object) => {
    const isCustom = (object as { apiVersion: string }).apiVersion.includes("example.com");
    return isCustom
      ? Buffer.from("k8s\u0000")
      : encodeKubernetesProtobuf(object as Record<string, unknown>);
  },
];

/** Bodies that are what their header says, or are not. */
export const contentTypes: fc.Arbitrary<FuzzRequest> = fc
  .record({
    name: collection,
    form: fc.constantFrom(...forms),
    method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE"),
    contentType: fc.oneof(
      clause,
      accept,
      fc.constantFrom(
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
        "application/apply-patch+cbor",
        "application/merge-patch+json; charset=utf-8",
        "application/MERGE-patch+json",
        "application/apply-patch+yaml;",
      ),
    ),
  })
  // The real server drops the connection when a custom resource comes as protobuf.
  .filter(
    ({ name, method, contentType }) =>
      name !== "widgets" ||
      !["POST", "PUT"].includes(method) ||
      !contentType.toLowerCase().includes("protobuf"),
  )
  .map(({ name, form, method, contentType }) => {
    const valid = validObjects[name] as { readonly metadata: object };
    const isCreate = method === "POST";
    const object = isCreate ? { ...valid, metadata: { ...valid.metadata, name: "new" } } : valid;
    return shownRequest({
      method,
      path: `${collections[name]}${isCreate ? "" : "/a"}?dryRun=All&fieldManager=me`,
      headers: { "content-type": contentType },
      body: method === "DELETE" ? Buffer.from('{"dryRun":["All"]}') : form(object),
    });
  });
