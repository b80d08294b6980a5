import type { ConformanceCase } from "../../case.js";
import { paths } from "../../objects.js";
import { listed, single, named } from "./shown.js";

const rbac = "rbac.authorization.k8s.io";
const roleBinding = {
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" },
  subjects: [
    { kind: "User", name: "u", apiGroup: rbac },
    { kind: "User", name: "v", apiGroup: rbac },
    { kind: "Group", name: "g", apiGroup: rbac },
    { kind: "ServiceAccount", name: "s", namespace: "x" },
    { kind: "ServiceAccount", name: "t", namespace: "x" },
  ],
};

export const accessCases: readonly ConformanceCase[] = [
  listed("roles", paths.roles, named("a", { rules: [] })),
  listed("role bindings", paths.roleBindings, named("a", roleBinding)),
  single("cluster roles", paths.clusterRoles, named("{id}", { rules: [] })),
  single(
    "cluster role bindings",
    paths.clusterRoleBindings,
    named("{id}", roleBinding),
    named("{id}-none", { roleRef: roleBinding.roleRef }),
  ),
  listed("service accounts", paths.serviceAccounts, named("a")),
  listed(
    "secrets and config maps",
    paths.secrets,
    named("a", { data: { k: "dg==", l: "dg==" } }),
    named("b", { type: "example.com/own" }),
  ),
  listed(
    "config maps",
    "/api/v1/namespaces/{ns}/configmaps",
    named("a", { data: { a: "1" }, binaryData: { b: "dg==", c: "dg==" } }),
    named("b"),
  ),
];
