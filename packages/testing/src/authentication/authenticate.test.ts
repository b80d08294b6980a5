import { describe, expect, it } from "vitest";

import { authenticate, type AuthenticationConfig } from "./authenticate.js";

const config: AuthenticationConfig = {
  userOfToken: (token: string) =>
    token === "secret" ? { username: "ada", uid: "1", groups: ["devs"] } : undefined,
  anonymous: true,
};
const ada = { username: "ada", uid: "1", groups: ["devs", "system:authenticated"] };

describe("authenticate", () => {
  it("knows a bearer token", () => {
    expect(authenticate({ authorizationHeader: "Bearer secret" }, config)).toEqual({
      kind: "user",
      user: ada,
    });
    expect(authenticate({ authorizationHeader: "bearer secret" }, config)).toEqual({
      kind: "user",
      user: ada,
    });
  });

  it("refuses an unknown token although anonymous requests are served", () => {
    expect(authenticate({ authorizationHeader: "Bearer wrong" }, config)).toEqual({
      kind: "unauthorized",
    });
  });

  it.each([undefined, "", "Basic secret", "Bearer", "Bearer "])(
    "takes %j for no credentials",
    (authorizationHeader) => {
      expect(authenticate({ authorizationHeader }, config)).toEqual({
        kind: "user",
        user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
      });
      expect(authenticate({ authorizationHeader }, { ...config, anonymous: false })).toEqual({
        kind: "unauthorized",
      });
    },
  );

  it("prefers the client certificate", () => {
    const clientCertificateSubject = { commonName: "grace", organizations: ["system:masters"] };
    expect(
      authenticate({ authorizationHeader: "Bearer secret", clientCertificateSubject }, config),
    ).toEqual({
      kind: "user",
      user: { username: "grace", groups: ["system:masters", "system:authenticated"] },
    });
  });

  it("returns what an impersonation needs", () => {
    const headers = {
      "impersonate-user": ["grace"],
      "impersonate-group": ["a", "b, c"],
      "impersonate-uid": ["9"],
      "impersonate-extra-acme.com%2fteam": ["x", "y"],
    };
    expect(authenticate({ authorizationHeader: "Bearer secret", headers }, config)).toEqual({
      kind: "impersonated",
      impersonatedBy: ada,
      user: {
        username: "grace",
        uid: "9",
        groups: ["a", "b, c", "system:authenticated"],
        extra: { "acme.com/team": ["x", "y"] },
      },
      requirements: [
        { apiGroup: "", resource: "users", subresource: "", namespace: "", name: "grace" },
        { apiGroup: "", resource: "groups", subresource: "", namespace: "", name: "a" },
        { apiGroup: "", resource: "groups", subresource: "", namespace: "", name: "b, c" },
        {
          apiGroup: "authentication.k8s.io",
          resource: "userextras",
          subresource: "acme.com/team",
          namespace: "",
          name: "x",
        },
        {
          apiGroup: "authentication.k8s.io",
          resource: "userextras",
          subresource: "acme.com/team",
          namespace: "",
          name: "y",
        },
        {
          apiGroup: "authentication.k8s.io",
          resource: "uids",
          subresource: "",
          namespace: "",
          name: "9",
        },
      ],
    });
  });

  it("takes joined group headers apart", () => {
    const headers = { "impersonate-user": "grace", "impersonate-group": "a, b" };
    expect(authenticate({ authorizationHeader: "Bearer secret", headers }, config)).toMatchObject({
      user: { groups: ["a", "b", "system:authenticated"] },
    });
  });

  it("gives an impersonated service account its groups", () => {
    const headers = { "impersonate-user": "system:serviceaccount:ns:robot" };
    expect(authenticate({ authorizationHeader: "Bearer secret", headers }, config)).toMatchObject({
      user: {
        groups: ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
      },
      requirements: [
        {
          apiGroup: "",
          resource: "serviceaccounts",
          subresource: "",
          namespace: "ns",
          name: "robot",
        },
      ],
    });
  });

  it("makes nobody authenticated who impersonates the anonymous user", () => {
    const headers = { "impersonate-user": "system:anonymous" };
    expect(authenticate({ authorizationHeader: "Bearer secret", headers }, config)).toMatchObject({
      user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
    });
  });

  it("refuses impersonation headers without a user", () => {
    const headers = { "impersonate-group": "x" };
    expect(authenticate({ authorizationHeader: "Bearer secret", headers }, config)).toEqual({
      kind: "invalid-impersonation",
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"x"}, Extra:map[string][]string(nil)} without impersonating a user name',
    });
  });
});
