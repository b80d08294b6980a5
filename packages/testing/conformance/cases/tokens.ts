import { del, get, post, quiet, testCase, topic } from "../requests.js";
import { paths, pod } from "../objects.js";
import type { Step } from "../case.js";

const { serviceAccounts, pods, secrets } = paths;
const robot = quiet(post(serviceAccounts, { metadata: { name: "robot" } }));
const asked = (spec: object, extra: Omit<Step, "method" | "path" | "body"> = {}): Step =>
  post(
    `${serviceAccounts}/robot/token`,
    { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
    extra,
  );
const issued = (spec: object = {}): Step =>
  quiet(asked(spec, { capture: { token: "status.token" } }));
const withToken = { headers: { authorization: "Bearer {token}" } };
const whoAmI = post(
  "/apis/authentication.k8s.io/v1/selfsubjectreviews",
  { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  withToken,
);
const review = (spec: object = {}): Step =>
  post("/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token: "{token}", ...spec },
  });
const bound = (kind: string, name: string, more: object = {}): object => ({
  boundObjectRef: { apiVersion: "v1", kind, name, ...more },
});

interface Claims {
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
}
const claimsOf = ({ status: { token } }: { status: { token: string } }): unknown => {
  const { exp, iat, nbf, ...rest } = JSON.parse(
    Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
  ) as Claims;
  return { ...rest, seconds: exp - iat, isFromStart: nbf === iat };
};

export const tokens = topic("tokens", [
  testCase("token of a service account", robot, asked({})),
  testCase(
    "claims of a token",
    robot,
    asked({}, { select: claimsOf }),
    asked({ audiences: ["a", "b"], expirationSeconds: 700 }, { select: claimsOf }),
  ),
  testCase("audiences and time", robot, asked({ audiences: ["a", "b"], expirationSeconds: 700 })),
  testCase("no audience", robot, asked({ audiences: [] })),
  testCase("too short", robot, asked({ expirationSeconds: 599 })),
  testCase("too long", robot, asked({ expirationSeconds: 4294967297 })),
  testCase("missing service account", asked({})),
  testCase("without a body", robot, { method: "POST", path: `${serviceAccounts}/robot/token` }),
  testCase(
    "methods",
    robot,
    get(`${serviceAccounts}/robot/token`),
    del(`${serviceAccounts}/robot/token`),
  ),
  testCase("who a token is", robot, issued(), whoAmI),
  testCase("a token reads what it may", robot, issued(), get(pods, {}, withToken)),
  testCase(
    "a token with a role",
    robot,
    issued(),
    quiet(
      post(paths.roleBindings, {
        metadata: { name: "b" },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "system:auth-delegator",
        },
        subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "{ns}" }],
      }),
    ),
    get(pods, {}, withToken),
  ),
  testCase("review of a token", robot, issued(), review()),
  testCase(
    "review for an audience",
    robot,
    issued({ audiences: ["a", "b"] }),
    review({ audiences: ["b", "c"] }),
    review({ audiences: ["c"] }),
    review(),
  ),
  testCase(
    "a token for others does not open this server",
    robot,
    issued({ audiences: ["a"] }),
    get(pods, {}, withToken),
  ),
  testCase(
    "changed token",
    robot,
    issued(),
    get(pods, {}, { headers: { authorization: "Bearer {token}x" } }),
  ),
  testCase(
    "bound to a pod",
    robot,
    quiet(post(pods, pod("p", { serviceAccountName: "robot" }))),
    asked(bound("Pod", "p")),
    asked(bound("Pod", "p"), { select: claimsOf }),
    issued(bound("Pod", "p")),
    whoAmI,
  ),
  testCase(
    "bound to a secret",
    robot,
    quiet(post(secrets, { metadata: { name: "s" } })),
    asked(bound("Secret", "s")),
    issued(bound("Secret", "s")),
    whoAmI,
  ),
  testCase(
    "bound to what is not there",
    robot,
    asked(bound("Pod", "none")),
    asked(bound("Secret", "none")),
    asked(bound("ConfigMap", "none")),
    asked(bound("Node", "none")),
  ),
  testCase(
    "bound to another uid",
    robot,
    quiet(post(pods, pod("p", { serviceAccountName: "robot" }))),
    asked(bound("Pod", "p", { uid: "x" })),
  ),
  testCase(
    "bound to a pod of another account",
    robot,
    quiet(post(pods, pod("p"))),
    asked(bound("Pod", "p")),
  ),
]);
