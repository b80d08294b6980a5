import { goQuote } from "../schema/go-format.js";

/** Who makes a request: `authentication.k8s.io/v1` UserInfo. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface AuthenticationConfig {
  /** Whose a bearer token is. `system:authenticated` is added to the groups. */
  readonly userOfToken: (token: string) => UserInfo | undefined;
  /** Whether a request without credentials is `system:anonymous` or refused. */
  readonly anonymous: boolean;
}

/** Subject of a client certificate that TLS has verified already. */
export interface ClientCertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export interface AuthenticationInput {
  readonly authorizationHeader?: string | undefined;
  readonly clientCertificateSubject?: ClientCertificateSubject | undefined;
  /**
   * Headers of the request with lower-case names; `Impersonate-*` is read from here. Best `headersDistinct` of `node:http`:
   * in its `headers`, repeated ones are joined by ", ", which is taken apart again for groups and extras.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** One thing that the authenticated user must be allowed to impersonate. */
export interface ImpersonationRequirement {
  readonly apiGroup: "" | "authentication.k8s.io";
  readonly resource: "users" | "groups" | "serviceaccounts" | "uids" | "userextras";
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export type AuthenticationResult =
  | { readonly kind: "user"; readonly user: UserInfo }
  | {
      readonly kind: "impersonated";
      /** The user to act as, when every requirement is met. */
      readonly user: UserInfo;
      readonly impersonatedBy: UserInfo;
      /** The caller checks verb `impersonate` on each, as `impersonatedBy`. */
      readonly requirements: readonly ImpersonationRequirement[];
    }
  | { readonly kind: "unauthorized" }
  /** Impersonation headers that name no user: status 400, reason BadRequest. */
  | { readonly kind: "invalid-impersonation"; readonly message: string };

const AUTHENTICATED_GROUP = "system:authenticated";
const ANONYMOUS_USER = "system:anonymous";
const UNAUTHENTICATED_GROUP = "system:unauthenticated";
const SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

/**
 * Finds out who makes a request, in the order of the real server: client certificate, bearer token, anonymous.
 * A token that is not known is refused even where anonymous requests are not.
 *
 * Nothing is authorized here: an impersonation comes back with what its maker must be allowed to do.
 */
export function authenticate(
  input: AuthenticationInput,
  config: AuthenticationConfig,
): AuthenticationResult {
  const user = identify(input, config);
  if (user === undefined) return { kind: "unauthorized" };
  return impersonate(user, input.headers ?? {});
}

function identify(input: AuthenticationInput, config: AuthenticationConfig): UserInfo | undefined {
  const subject = input.clientCertificateSubject;
  if (subject !== undefined && subject.commonName !== "") {
    return withAuthenticatedGroup({ username: subject.commonName, groups: subject.organizations });
  }
  const token = bearerToken(input.authorizationHeader);
  if (token !== undefined) {
    const user = config.userOfToken(token);
    return user === undefined ? undefined : withAuthenticatedGroup(user);
  }
  return config.anonymous
    ? { username: ANONYMOUS_USER, groups: [UNAUTHENTICATED_GROUP] }
    : undefined;
}

/** Other schemes count as no credentials at all, as on the real server. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme = "", token = ""] = (header ?? "").trim().split(" ");
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}

function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.groups.includes(AUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

type Headers = NonNullable<AuthenticationInput["headers"]>;

function impersonate(impersonatedBy: UserInfo, headers: Headers): AuthenticationResult {
  const isPlain = !Object.keys(headers).some((name) => name.startsWith("impersonate-"));
  if (isPlain) return { kind: "user", user: impersonatedBy };
  const username = firstHeader(headers, "impersonate-user");
  const groups = headerValues(headers, "impersonate-group").filter((group) => group !== "");
  const uid = firstHeader(headers, "impersonate-uid");
  const extra = extraOf(headers);
  if (username === "") {
    if (groups.length === 0 && uid === "" && Object.keys(extra).length === 0) {
      return { kind: "user", user: impersonatedBy };
    }
    return { kind: "invalid-impersonation", message: namelessMessage(uid, groups, extra) };
  }
  const serviceAccount = splitServiceAccount(username);
  return {
    kind: "impersonated",
    impersonatedBy,
    user: {
      username,
      groups: impersonatedGroups(username, groups, serviceAccount?.namespace),
      ...(uid === "" ? {} : { uid }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    },
    requirements: requirementsOf({ username, groups, uid, extra, serviceAccount }),
  };
}

function requirementsOf(target: {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined;
}): ImpersonationRequirement[] {
  const core = { apiGroup: "", subresource: "", namespace: "" } as const;
  const authentication = {
    apiGroup: "authentication.k8s.io",
    subresource: "",
    namespace: "",
  } as const;
  const requirements: ImpersonationRequirement[] = [
    target.serviceAccount === undefined
      ? { ...core, resource: "users", name: target.username }
      : { ...core, resource: "serviceaccounts", ...target.serviceAccount },
  ];
  for (const name of target.groups) requirements.push({ ...core, resource: "groups", name });
  for (const [key, values] of Object.entries(target.extra)) {
    for (const name of values) {
      requirements.push({ ...authentication, resource: "userextras", subresource: key, name });
    }
  }
  if (target.uid !== "")
    requirements.push({ ...authentication, resource: "uids", name: target.uid });
  return requirements;
}

function impersonatedGroups(
  username: string,
  requested: readonly string[],
  serviceAccountNamespace: string | undefined,
): string[] {
  const groups = [...requested];
  // A service account that is impersonated without groups has those that its token would have.
  if (serviceAccountNamespace !== undefined && groups.length === 0) {
    groups.push("system:serviceaccounts", `system:serviceaccounts:${serviceAccountNamespace}`);
  }
  const implied = username === ANONYMOUS_USER ? UNAUTHENTICATED_GROUP : AUTHENTICATED_GROUP;
  if (!groups.includes(AUTHENTICATED_GROUP) && !groups.includes(UNAUTHENTICATED_GROUP))
    groups.push(implied);
  return groups;
}

function splitServiceAccount(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace = "", name = "", ...rest] = username
    .slice(SERVICE_ACCOUNT_PREFIX.length)
    .split(":");
  return namespace === "" || name === "" || rest.length > 0 ? undefined : { namespace, name };
}

function extraOf(headers: Headers): Record<string, readonly string[]> {
  const prefix = "impersonate-extra-";
  const entries = Object.keys(headers)
    .filter((header) => header.startsWith(prefix))
    .map((header): [string, readonly string[]] => [
      unescapeKey(header.slice(prefix.length)),
      headerValues(headers, header),
    ]);
  return Object.fromEntries(entries);
}

/** Keys are percent-encoded, since a header's name cannot hold every character. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function firstHeader(headers: Headers, name: string): string {
  const value = headers[name];
  return (typeof value === "string" ? value : value?.[0]) ?? "";
}

function headerValues(headers: Headers, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === "string" ? value.split(", ") : [...value];
}

/** The real server prints its own structure here. */
function namelessMessage(
  uid: string,
  groups: readonly string[],
  extra: Readonly<Record<string, readonly string[]>>,
): string {
  const entries = Object.entries(extra).map(
    ([key, values]) => `${goQuote(key)}:${goStrings(values)}`,
  );
  const map =
    entries.length === 0
      ? "map[string][]string(nil)"
      : `map[string][]string{${entries.join(", ")}}`;
  const info = `Name:"", UID:${goQuote(uid)}, Groups:${goStrings(groups)}, Extra:${map}`;
  return `requested &user.DefaultInfo{${info}} without impersonating a user name`;
}

function goStrings(values: readonly string[]): string {
  if (values.length === 0) return "[]string(nil)";
  return `[]string{${values.map((value) => goQuote(value)).join(", ")}}`;
}
