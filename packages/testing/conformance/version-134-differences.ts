import type { KnownDifference } from "./known-differences.js";

interface Group {
  readonly topic: string;
  readonly reason: string;
  readonly cases: readonly string[];
}

const groups: readonly Group[] = [
  {
    topic: "cel-cost",
    reason:
      "1.34 has neither distinct() nor sortBy(), and no limit of the length of a name in rules of definitions",
    cases: ["distinct", "sorted by keys", "rules at the root"],
  },
  {
    topic: "object-validation",
    reason: "1.34 refuses owners in other words",
    cases: ["owners that are not named in full"],
  },
  {
    topic: "patches",
    reason: "1.34 does not count the generations of autoscalers",
    cases: ["merge: apiVersion that is served elsewhere"],
  },
  {
    topic: "patches",
    reason: "1.34 names another line of its scheme",
    cases: ["json: apiVersion of the types within the server"],
  },
  {
    topic: "object-validation",
    reason: "1.34 does not serve this kind",
    cases: ["names of trust bundles"],
  },
  {
    topic: "lists",
    reason: "1.34 does not serve these kinds, and slices of resources not by their pool",
    cases: ["which fields select, 4", "which fields select, 5", "signers and nodes as selectors"],
  },
  {
    topic: "discovery",
    reason: "1.37 serves groups, resources and versions that 1.34 has not",
    cases: ["version", "api groups", "resources of storage.k8s.io/v1", "aggregated groups"],
  },
  {
    topic: "open-api",
    reason: "the generated schemas of 1.37 leave out empty defaults and know more types",
    cases: [
      "index",
      "core schema PodSpec",
      "core schema ConfigMap",
      "core schema Secret",
      "core schema PersistentVolumeClaimSpec",
      "apps schema Deployment",
      "meta schema ObjectMeta",
      "names of a CRD's schemas",
      "methods",
    ],
  },
  {
    topic: "cel",
    reason: "1.34 puts the type in quotes before the message of a failed rule",
    cases: [
      "comparison",
      "own message",
      "has",
      "strings",
      "regular expression",
      "string functions",
      "find",
      "lists",
      "list functions",
      "sums",
      "sets",
      "maps",
      "quantity",
      "addresses",
      "URL",
      "formats",
      "semver",
      "times and durations",
      "int or string",
      "conditional and arithmetic",
      "escaped names",
      "optional",
      "list map keys",
      "two variable comprehensions",
      "immutable field",
      "growing",
      "optional old self of a create",
      "several rules",
      "rule on a leaf and on items",
      "root rule sees the name",
      "ratcheting of a rule",
    ],
  },
  {
    topic: "patches",
    reason: "1.34 words decoding and label errors otherwise, and repeats some",
    cases: [
      "json: escaped pointer",
      "json: body that is no JSON",
      "merge: apiVersion",
      "merge: broken body",
    ],
  },
  {
    topic: "strategic-merge-patch",
    reason: "1.34 passes on the JSON parser's message",
    cases: ["broken body"],
  },
  {
    topic: "server-side-apply",
    reason: "1.34 says twice that a uid is immutable",
    cases: ["identity of another object"],
  },
  {
    topic: "server-side-apply",
    reason: "1.34 words the YAML error otherwise",
    cases: ["broken body", "bodies that are no objects"],
  },
  {
    topic: "deprecations",
    reason: "1.34 does not yet warn of external addresses and of the older word for the same zone",
    cases: ["services", "changes are warned of too"],
  },
  {
    topic: "object-validation",
    reason:
      "1.34 takes address ranges whose address is not their first, and words some rules otherwise",
    cases: [
      "load balancers",
      "names of services",
      "source of a volume",
      "networks and amounts of a node",
      "peers of a network policy",
      "ports of a network policy",
    ],
  },
  {
    topic: "pod-validation",
    reason: "1.34 knows fewer values of some fields, and words others otherwise",
    cases: ["security context of a pod", "tolerations", "volumes of the node"],
  },
  {
    topic: "warnings",
    reason: "1.34 does not yet warn of external addresses",
    cases: ["addresses of services"],
  },
  {
    topic: "custom-resources",
    reason: "1.34 has another reason for a wrong type",
    cases: ["types"],
  },
  {
    topic: "bad-input",
    reason: "1.34 answers 500 to delete options that it cannot read",
    cases: ["DELETE with a broken body", "options of a DELETE of another type"],
  },
  {
    topic: "bad-input",
    reason: "1.34 leaves out the names of structures that are part of others",
    cases: ["types that are wrong, in the order of the text"],
  },
  {
    topic: "bad-input",
    reason: "1.34 has another name for the key of a label, and no delete of what cannot be read",
    cases: ["label selectors that are broken", "options of a delete in the query"],
  },
  {
    topic: "access",
    reason: "1.34 words these refusals otherwise and has no constrained impersonation",
    cases: [
      "self access review without attributes",
      "impersonation needs a right",
      "impersonation without a user",
      "role reference cannot change",
      "role that is invalid",
    ],
  },
  {
    topic: "admission-policies",
    reason: "1.34 words these refusals otherwise",
    cases: ["policies that are refused", "bindings that are refused"],
  },
  {
    topic: "mutating-policies",
    reason: "1.34 does not serve these kinds",
    cases: [
      "asked again after a webhook",
      "apply configurations",
      "JSON patches",
      "JSON patch that cannot be applied",
      "JSON patch to another type",
      "expression that fails",
      "names that do not fit",
      "fields that are not there",
      "failure policy",
      "containers",
      "atomic lists",
      "variables, parameters and conditions",
      "changes and custom resources",
      "parameters that are not there",
      "defaults",
      "policies that are refused",
    ],
  },
  {
    topic: "pod-security",
    reason: "1.34 allows no more to Pods in a user namespace of their own",
    cases: ["restricted: users and seccomp", "baseline: kernel and profiles"],
  },
  {
    topic: "admission-webhooks",
    reason: "1.34 counts no generations of autoscalers",
    cases: ["equivalent versions"],
  },
  {
    topic: "built-in-objects",
    reason: "1.37 relaxed or reworded this validation, or counts generations where 1.34 does not",
    cases: [
      "service name",
      "storage class is immutable",
      "disruption budget and autoscaler",
      "autoscaler in both versions",
      "autoscaler of all metrics, in version 1",
      "autoscaler of version 1 with the rest in annotations",
      "autoscalers that are refused",
    ],
  },
  {
    topic: "built-in-objects",
    reason: "1.34 has another number of fields in a Pod, and its diff other line numbers",
    cases: ["pod updates that change too much"],
  },
  {
    topic: "built-in-workloads",
    reason: "1.37 has a new default or message for stateful sets",
    cases: ["stateful set", "stateful set is immutable in parts"],
  },
  {
    topic: "crud",
    reason: "the message holds a source line of the server",
    cases: ["create with a foreign apiVersion"],
  },
  {
    topic: "object-validation",
    reason: "1.34 words this otherwise, or does not know the field",
    cases: [
      "backends of an ingress",
      "endpoints of a slice",
      "roles and bindings",
      "rules of roles",
      "stateful sets",
      "updates of a job",
    ],
  },
  {
    topic: "cel",
    reason: "1.34 reaches a field whose name is reserved by its escaped name alone",
    cases: ["reserved names as they are"],
  },
  {
    topic: "status-and-scale",
    reason: "1.34 records metadata as owned by a write of the status subresource",
    cases: ["custom resource with status subresource"],
  },
  {
    topic: "deletion",
    reason: "1.34 words these refusals otherwise or answers 500",
    cases: [
      "adding a finalizer while deleting",
      "delete options of a wrong kind",
      "owner reference that is invalid",
    ],
  },
  {
    topic: "bootstrap",
    reason: "1.34 has fewer groups and roles of its own",
    cases: ["api services", "roles"],
  },
  {
    topic: "server-paths",
    reason: "1.34 serves fewer groups and has other health checks",
    cases: [
      "index",
      "/healthz with all checks",
      "/livez with all checks",
      "/readyz with all checks",
      "several checks are left out",
    ],
  },
  {
    topic: "pod-subresources",
    reason:
      "1.34 says of a service without endpoints that it is not found, and copies no labels of a binding",
    cases: ["proxy of a service", "binding with annotations and labels"],
  },
  {
    topic: "tables",
    reason: "1.34 does not serve these kinds, or has other columns for them",
    cases: [
      "service accounts",
      "custom resource definitions",
      "mutating admission policies",
      "mutating admission policy bindings",
      "storage version migrations",
      "device taints",
    ],
  },
  {
    topic: "representations",
    reason: "1.34 shows the number of secrets of a service account",
    cases: ["table of service accounts and leases"],
  },
];

/** Where the real 1.34 answers otherwise than 1.37. A case that has become equal must leave this list. */
export const version134Differences: readonly KnownDifference[] = groups.flatMap(
  ({ topic, reason, cases }) => cases.map((name) => ({ topic, case: name, reason })),
);
