import { expect, it } from "vitest";
import type { JsonObject } from "../schema/json.js";
import { ObjectStore } from "../store/object-store.js";
import { flowHeaders } from "./flow-schema.js";

const FLOWS = "flowcontrol.apiserver.k8s.io/flowschemas";
const rules = [
  {
    subjects: [{ kind: "Group", group: { name: "*" } }],
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true }],
  },
];
const asked = {
  user: { username: "bob", groups: ["g"] },
  verb: "list",
  apiGroup: "",
  resource: "nodes",
  subresource: "",
  namespace: "",
  name: "",
  resourceRequest: true,
};

function storeWith(...schemas: readonly [name: string, spec: JsonObject | undefined][]) {
  const store = new ObjectStore();
  store.put("flowcontrol.apiserver.k8s.io/prioritylevelconfigurations", {
    metadata: { name: "level", uid: "uid of level" },
  });
  for (const [name, spec] of schemas)
    store.put(FLOWS, { metadata: { name, uid: name }, ...(spec === undefined ? {} : { spec }) });
  return store;
}

const schemaOf = (store: ObjectStore): unknown =>
  flowHeaders(asked, store)["x-kubernetes-pf-flowschema-uid"];
const level = { priorityLevelConfiguration: { name: "level" } };

it("takes the lowest precedence, then the first name", () => {
  const store = storeWith(
    ["c", { ...level, rules, matchingPrecedence: 2 }],
    ["b", { ...level, rules, matchingPrecedence: 1 }],
    ["a", { ...level, rules, matchingPrecedence: 2 }],
    ["d", { ...level, rules, matchingPrecedence: 1 }],
  );
  expect(schemaOf(store)).toBe("b");
});

it("passes over a schema whose priority level is missing", () => {
  const none = { priorityLevelConfiguration: { name: "none" } };
  const store = storeWith(
    ["a", { ...none, rules, matchingPrecedence: 1 }],
    ["b", { ...level, rules, matchingPrecedence: 2 }],
  );
  expect(schemaOf(store)).toBe("b");
});

it("is not put out by schemas that lack what they need", () => {
  const subjects = [{ kind: "Group", group: { name: "*" } }];
  const store = storeWith(
    ["a", undefined],
    ["b", {}],
    ["c", { ...level, rules: [{ subjects, resourceRules: [{ verbs: null }] }] }],
    ["d", { ...level, rules: [{ subjects: [{ kind: "User" }] }] }],
  );
  expect(flowHeaders(asked, store)).toEqual({});
});
