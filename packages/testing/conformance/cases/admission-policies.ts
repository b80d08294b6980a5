import type { Step } from "../case.js";
import { installed } from "../crd-steps.js";
import { configMap, deployment, paths, pod, widget, widgetsPath } from "../objects.js";
import { del, get, patch, post, quiet, testCase, topic } from "../requests.js";

const { configMaps, deployments, pods } = paths;
const group = "/apis/admissionregistration.k8s.io/v1";
const policies = `${group}/validatingadmissionpolicies`;
const bindings = `${group}/validatingadmissionpolicybindings`;
/** The two servers know their administrators by different names. */
const jane = { as: { user: "jane", groups: ["system:masters"] } } as const;

const here = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } } };
const rule = (resources: readonly string[], fields: object = {}): object => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["CREATE", "UPDATE"],
  resources,
  ...fields,
});
const policy = (name: string, spec: object): object => ({
  metadata: { name },
  spec: {
    matchConstraints: { resourceRules: [rule(["configmaps"])] },
    validations: [{ expression: "true" }],
    ...spec,
  },
});
const binding = (name: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { policyName: name, validationActions: ["Deny"], matchResources: here, ...spec },
});
const allowed = (_body: unknown, status: number): boolean => status < 300;
const denied = (_body: unknown, status: number): boolean => status >= 400;
/** What is true only of an object that a step asks with until its policy is in force. */
const probing = "object.metadata.name == 'probe'";
/** A policy in force: its last validation refuses what is named `probe`. */
const inForce = (spec: object, bound: object = {}, probe: Step = probed(configMaps)): Step[] => {
  const { validations = [], ...rest } = spec as { validations?: readonly object[] };
  return [
    quiet(
      post(
        policies,
        policy("{id}", {
          ...rest,
          validations: [...validations, { expression: `!(${probing})`, message: "in force" }],
        }),
      ),
    ),
    quiet(post(bindings, binding("{id}", bound))),
    probe,
  ];
};
const probed = (path: string, object: object = configMap("probe")): Step =>
  post(path, object, { query: { dryRun: "All" }, until: denied, select: () => "in force" });
const gone: readonly Step[] = [quiet(del(`${bindings}/{id}`)), quiet(del(`${policies}/{id}`))];
const made = (name: string, data: object = {}, extra: object = {}): Step =>
  post(configMaps, configMap(name, data), {
    ...jane,
    select: (body: { message?: string }) => body.message ?? "created",
    ...extra,
  });
const whole = (name: string, data: object = {}): Step =>
  post(configMaps, configMap(name, data), jane);
/** One answer for each expression, which is false for the object that is named after it. */
const expressions = (...given: readonly string[]): Step[] => [
  ...inForce({
    validations: given.map((expression, index) => ({
      expression: `object.metadata.name != 'e${index}' || (${expression})`,
      message: `e${index} is false`,
    })),
  }),
  ...given.map((_expression, index) => made(`e${index}`, { a: "b", n: "3" })),
  ...gone,
];
const refused = (spec: object): Step =>
  post(policies, policy("{id}", spec), { query: { dryRun: "All" } });
const refusedBinding = (spec: object): Step =>
  post(bindings, binding("{id}", spec), { query: { dryRun: "All" } });

export const admissionPolicies = topic("admission-policies", [
  testCase(
    "denied",
    ...inForce({
      validations: [
        { expression: "!object.metadata.name.startsWith('bad')", message: "no bad names" },
        { expression: "object.metadata.name != 'plain'" },
        {
          expression: "object.metadata.name != 'forbidden'",
          message: "not this",
          reason: "Forbidden",
        },
        { expression: "object.metadata.name != 'large'", reason: "RequestEntityTooLarge" },
        { expression: "object.metadata.name != 'invalid'", reason: "Invalid" },
      ],
    }),
    whole("bad"),
    whole("plain"),
    whole("forbidden"),
    whole("large"),
    whole("invalid"),
    made("good"),
    post(
      configMaps,
      { metadata: { generateName: "bad-" } },
      {
        select: ({ message }: { message: string }) =>
          message.replaceAll(/bad-[a-z0-9]{5}/g, "bad-…"),
      },
    ),
    ...gone,
  ),
  testCase(
    "message expressions",
    ...inForce({
      validations: [
        {
          expression: "object.metadata.name != 'm'",
          messageExpression: "'not ' + object.metadata.name + ' with ' + string(size(object.data))",
        },
        {
          expression: "object.metadata.name != 'fails'",
          messageExpression: "string(object.data['none'].x)",
          message: "otherwise",
        },
        { expression: "object.metadata.name != 'empty'", messageExpression: "'  '" },
        { expression: "object.metadata.name != 'lines'", messageExpression: "'a\\nb'" },
      ],
    }),
    made("m", { a: "b" }),
    made("fails", { a: "b" }),
    made("empty"),
    made("lines"),
    ...gone,
  ),
  testCase(
    "warnings",
    quiet(
      post(
        policies,
        policy("{id}", { validations: [{ expression: "object.metadata.name == 'x'" }] }),
      ),
    ),
    quiet(post(bindings, binding("{id}", { validationActions: ["Warn", "Audit"] }))),
    // That it is in force shows in a second one, which denies.
    quiet(post(policies, policy("{id}.deny", { validations: [{ expression: `!(${probing})` }] }))),
    quiet(post(bindings, binding("{id}.deny"))),
    probed(configMaps),
    made("warned"),
    made("probe"),
    quiet(del(`${bindings}/{id}.deny`)),
    quiet(del(`${policies}/{id}.deny`)),
    ...gone,
  ),
  testCase(
    "variables",
    ...inForce({
      variables: [
        { name: "size", expression: "has(object.data) ? size(object.data) : 0" },
        { name: "isLarge", expression: "variables.size > 1" },
        { name: "fails", expression: "object.data['none']" },
      ],
      validations: [
        {
          expression: "!variables.isLarge",
          messageExpression: "'too large: ' + string(variables.size)",
        },
        { expression: "object.metadata.name != 'fails' || variables.fails == 'x'" },
      ],
    }),
    made("a", { a: "b", c: "d" }),
    made("b", { a: "b" }),
    made("fails", { a: "b" }),
    ...gone,
  ),
  testCase(
    "expressions about the request",
    ...expressions(
      "request.operation == 'UPDATE'",
      "request.userInfo.username == 'bob'",
      "!('system:masters' in request.userInfo.groups)",
      "request.resource.resource != 'configmaps'",
      "request.kind.kind != 'ConfigMap' || request.requestKind.version != 'v1'",
      "request.namespace != namespaceObject.metadata.name",
      "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'x'",
      "request.dryRun",
      "request.name == ''",
      "oldObject != null",
      "has(request.subResource) && request.subResource != ''",
      "request.options.kind == 'x'",
    ),
  ),
  testCase(
    "expressions about the object",
    ...expressions(
      "object.data.a == 'c'",
      "object.data.all(k, object.data[k] == 'b')",
      "int(object.data.n) > 3",
      "has(object.immutable)",
      "object.kind != 'ConfigMap' || object.apiVersion != 'v1'",
      "object.?data.?none.orValue('x') == 'y'",
      "object.metadata.?labels['a'].hasValue()",
      "object.data['none'] == 'x'",
      "object.nope.x == 1",
      "object.data.a + 1 == 2",
      "object.data.a == 'c' || object.data.none == 'x'",
      "quantity('1Ki').isGreaterThan(quantity(object.data.n + 'Ki'))",
    ),
  ),
  testCase(
    "expressions that ask the authorizer",
    ...expressions(
      "!authorizer.group('').resource('configmaps').namespace('x').check('create').allowed()",
      "!authorizer.requestResource.check('create').allowed()",
      "authorizer.serviceAccount('default', 'none').group('apps').resource('deployments').subresource('scale').name('d').check('get').allowed()",
      "authorizer.path('/healthz').check('get').reason() == 'x'",
      "authorizer.group('').resource('pods').check('x').errored()",
    ),
  ),
  testCase(
    "failure policy",
    ...inForce({
      failurePolicy: "Ignore",
      validations: [
        { expression: "object.metadata.name != 'fails' || object.data['none'] == 'x'" },
        { expression: "object.metadata.name != 'false'" },
      ],
    }),
    made("fails"),
    made("false"),
    ...gone,
  ),
  testCase(
    "conditions",
    ...inForce({
      matchConditions: [
        { name: "labelled", expression: `${probing} || has(object.data) && object.data.a == 'b'` },
        {
          name: "fails",
          expression: "object.metadata.name != 'fails' || object.data['none'] == 'x'",
        },
      ],
      validations: [{ expression: "false", message: "met" }],
    }),
    made("a", { a: "b" }),
    made("b", { a: "c" }),
    made("fails", { a: "b" }),
    made("fails", { a: "c" }),
    ...gone,
  ),
  testCase(
    "updates and deletions",
    quiet(post(configMaps, configMap("a", { a: "b" }), jane)),
    ...inForce({
      matchConstraints: {
        resourceRules: [rule(["configmaps"], { operations: ["*"] })],
      },
      validations: [
        {
          expression: "request.operation != 'UPDATE' || object.data == oldObject.data",
          message: "stays as it is",
        },
        { expression: "request.operation != 'DELETE' || object != null", message: "stays" },
      ],
    }),
    patch("merge", `${configMaps}/a`, { data: { a: "c" } }, jane),
    patch(
      "merge",
      `${configMaps}/a`,
      { metadata: { labels: { a: "c" } } },
      {
        ...jane,
        select: () => "changed",
      },
    ),
    del(`${configMaps}/a`, undefined, jane),
    ...gone,
  ),
  testCase(
    "subresources and other resources",
    quiet(post(deployments, deployment("d", { replicas: 1 }), jane)),
    quiet(post(pods, pod("p"), jane)),
    ...inForce(
      {
        matchConstraints: {
          resourceRules: [
            rule(["deployments", "deployments/scale"]),
            rule(["pods/*"], { operations: ["*"] }),
          ],
        },
        validations: [
          {
            expression: "request.kind.kind != 'Scale' || object.spec.replicas < 5",
            message: "too many",
          },
          {
            expression: "request.kind.kind != 'Deployment' || object.spec.replicas < 3",
            message: "also too many",
          },
          { expression: "request.subResource != 'binding'", message: "not bound" },
        ],
      },
      {},
      probed(deployments, deployment("probe")),
    ),
    patch("merge", `${deployments}/d/scale`, { spec: { replicas: 7 } }, jane),
    patch("merge", `${deployments}/d`, { spec: { replicas: 4 } }, jane),
    post(`${pods}/p/binding`, { metadata: { name: "p" }, target: { name: "n" } }, jane),
    ...gone,
  ),
  testCase(
    "matching",
    ...inForce(
      {
        matchConstraints: {
          resourceRules: [rule(["configmaps"])],
          excludeResourceRules: [rule(["*"], { resourceNames: ["left-out"] })],
          objectSelector: { matchExpressions: [{ key: "skip", operator: "DoesNotExist" }] },
        },
        validations: [{ expression: "false", message: "matched" }],
      },
      {
        matchResources: {
          ...here,
          resourceRules: [rule(["configmaps"], { operations: ["CREATE"] })],
        },
      },
    ),
    made("a"),
    made("left-out"),
    post(configMaps, configMap("labelled", {}, { labels: { skip: "x" } }), {
      select: () => "created",
    }),
    patch(
      "merge",
      `${configMaps}/labelled`,
      { metadata: { labels: { skip: null } } },
      {
        select: () => "changed",
      },
    ),
    ...gone,
  ),
  testCase(
    "parameters",
    quiet(post(configMaps, configMap("limits", { most: "2" }, { labels: { is: "limit" } }))),
    quiet(post(configMaps, configMap("others", { most: "1" }, { labels: { is: "limit" } }))),
    ...inForce(
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: { resourceRules: [rule(["secrets"])] },
        validations: [
          {
            expression: "!has(object.data) || size(object.data) <= int(params.data.most)",
            messageExpression: "'at most ' + params.data.most + ' by ' + params.metadata.name",
          },
        ],
      },
      { paramRef: { name: "limits", parameterNotFoundAction: "Deny" } },
      probed(paths.secrets, { metadata: { name: "probe" } }),
    ),
    post(paths.secrets, { metadata: { name: "s" }, data: { a: "", b: "", c: "" } }),
    post(
      paths.secrets,
      { metadata: { name: "s" }, data: { a: "", b: "" } },
      {
        select: () => "created",
      },
    ),
    quiet(
      patch("merge", `${bindings}/{id}`, {
        spec: { paramRef: { name: null, selector: { matchLabels: { is: "limit" } } } },
      }),
    ),
    post(
      paths.secrets,
      { metadata: { name: "t" }, data: { a: "", b: "" } },
      {
        query: { dryRun: "All" },
        until: denied,
      },
    ),
    ...gone,
  ),
  testCase(
    "parameters that are not there",
    ...inForce(
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: { resourceRules: [rule(["secrets"])] },
      },
      { paramRef: { name: "none", parameterNotFoundAction: "Deny" } },
      probed(paths.secrets, { metadata: { name: "x" } }),
    ),
    post(paths.secrets, { metadata: { name: "s" } }),
    quiet(
      patch("merge", `${bindings}/{id}`, {
        spec: { paramRef: { parameterNotFoundAction: "Allow" } },
      }),
    ),
    post(
      paths.secrets,
      { metadata: { name: "probe" } },
      {
        until: allowed,
        select: () => "created",
      },
    ),
    ...gone,
  ),
  testCase(
    "parameters of a kind that is not served",
    quiet(
      post(
        policies,
        policy("{id}", {
          paramKind: { apiVersion: "none.example.com/v1", kind: "None" },
          matchConstraints: { ...here, resourceRules: [rule(["configmaps"])] },
        }),
      ),
    ),
    quiet(
      post(
        bindings,
        binding("{id}", { paramRef: { name: "n", parameterNotFoundAction: "Allow" } }),
      ),
    ),
    probed(configMaps, configMap("x")),
    post(configMaps, configMap("a"), { ...jane }),
    ...gone,
  ),
  testCase(
    "binding without parameters",
    ...inForce({
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      validations: [{ expression: "params != null", message: "no parameters" }],
    }),
    made("a"),
    ...gone,
  ),
  testCase(
    "custom resources",
    ...installed({
      properties: {
        spec: {
          type: "object",
          properties: { size: { type: "integer" }, part: { type: "number" } },
        },
      },
    }),
    ...inForce(
      {
        matchConstraints: {
          resourceRules: [rule(["widgets"], { apiGroups: ["{id}.example.com"] })],
        },
        validations: [
          { expression: "!has(object.spec) || object.spec.size < 3", message: "too large" },
          {
            expression: "!has(object.spec.part) || object.spec.part < 2.5",
            messageExpression: "'part is ' + string(object.spec.part)",
          },
        ],
      },
      {},
      probed(widgetsPath, widget("probe", { spec: { size: 1 } })),
    ),
    post(widgetsPath, widget("a", { spec: { size: 3 } })),
    post(widgetsPath, widget("a", { spec: { size: 1, part: 3 } })),
    post(widgetsPath, widget("a", { spec: { size: 1, part: 3.5 } })),
    ...gone,
  ),
  testCase(
    "defaults",
    post(policies, policy("{id}", {}), { query: { dryRun: "All" } }),
    post(bindings, binding("{id}"), { query: { dryRun: "All" } }),
  ),
  testCase(
    "generations",
    post(policies, policy("{id}", {})),
    patch("merge", `${policies}/{id}`, { spec: { failurePolicy: "Ignore" } }),
    get(
      `${policies}/{id}`,
      {},
      {
        select: ({ metadata }: { metadata: { generation: number } }) => metadata.generation,
      },
    ),
    quiet(del(`${policies}/{id}`)),
  ),
  testCase(
    "policies that are refused",
    post(policies, { metadata: { name: "{id}" } }, { query: { dryRun: "All" } }),
    refused({ failurePolicy: "Never", validations: [] }),
    refused({ matchConstraints: {} }),
    refused({
      matchConstraints: {
        matchPolicy: "Some",
        resourceRules: [rule(["pods"], { resourceNames: ["a/b", "c", "c"] })],
        excludeResourceRules: [{}],
        objectSelector: { matchLabels: { "a b": "c" } },
      },
    }),
    refused({ paramKind: {} }),
    refused({ paramKind: { apiVersion: "a/b/c", kind: "-" } }),
    refused({ paramKind: { apiVersion: "A/V1", kind: "Kind" } }),
    refused({
      validations: [
        { expression: "" },
        { expression: "true", message: " ", messageExpression: " " },
        { expression: "true", message: "a\nb", reason: "Unauthorized" },
        { expression: "true", messageExpression: "1" },
        { expression: "1" },
        { expression: "nothing" },
        { expression: "params.a" },
        { expression: "object.a" },
        { expression: "request.nope == 1" },
        { expression: "namespaceObject.spec.nope == 1" },
        { expression: "authorizer.nope() == 1" },
      ],
    }),
    refused({
      variables: [
        { name: "", expression: "" },
        { name: "a b", expression: "1" },
        { name: "in", expression: "1 + 'a'" },
        { name: "fine", expression: "1" },
        { name: "later", expression: "variables.none" },
      ],
      validations: [{ expression: "variables.fine == 'a'" }, { expression: "variables.nope == 1" }],
    }),
    refused({
      auditAnnotations: [
        { key: "", valueExpression: "" },
        { key: "a", valueExpression: "1" },
        { key: "a", valueExpression: "'x'" },
        { key: "b/c", valueExpression: "object.a" },
      ],
    }),
    refused({ matchConditions: [{ name: "a", expression: "params.a == 1" }] }),
  ),
  testCase(
    "bindings that are refused",
    post(bindings, { metadata: { name: "{id}" } }, { query: { dryRun: "All" } }),
    refusedBinding({ policyName: "A b" }),
    refusedBinding({ validationActions: ["Deny", "Warn", "Warn", "Never"] }),
    refusedBinding({ paramRef: {} }),
    refusedBinding({
      paramRef: { name: "a/b", selector: {}, parameterNotFoundAction: "Sometimes" },
    }),
    refusedBinding({ matchResources: { matchPolicy: "Some", resourceRules: [{}] } }),
  ),
]);
