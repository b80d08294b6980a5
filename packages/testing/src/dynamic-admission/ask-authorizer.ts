import { decide } from "../api-server/authorize-request.js";
import type { UserInfo } from "../authentication/authenticate.js";
import { type Asked, celAuthorizer } from "../schema/cel/authorizer-library.js";
import type { CelOpaque } from "../schema/cel/cel-value.js";
import type { AdmittedWrite } from "./admitted-write.js";

/** The authorizer that expressions about a write ask. */
export function authorizerOf(write: AdmittedWrite): CelOpaque {
  const { resource, subresource, namespace, name, user, context } = write;
  return celAuthorizer({
    requested: { group: resource.group, resource: resource.plural, subresource, namespace, name },
    decide: (asked, verb) => {
      const { path, group, ...rest } = asked;
      return decide(
        {
          user: userOf(asked, user),
          verb,
          apiGroup: group,
          resource: rest.resource,
          subresource: rest.subresource,
          namespace: rest.namespace,
          name: rest.name,
          resourceRequest: path === undefined,
          ...(path === undefined ? {} : { path }),
        },
        context,
      );
    },
  });
}

function userOf({ serviceAccount }: Asked, user: UserInfo): UserInfo {
  if (serviceAccount === undefined) return user;
  const [namespace = "", name = ""] = serviceAccount.split("/");
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      "system:serviceaccounts",
      `system:serviceaccounts:${namespace}`,
      "system:authenticated",
    ],
  };
}
