import type { CelFunction, CelLibrary } from "./cel-function.js";
import { noOverload } from "./cel-operators.js";
import { CelOpaque, type CelValue } from "./cel-value.js";

export const AUTHORIZER = "kubernetes.authorization.Authorizer";
export const PATH_CHECK = "kubernetes.authorization.PathCheck";
export const GROUP_CHECK = "kubernetes.authorization.GroupCheck";
export const RESOURCE_CHECK = "kubernetes.authorization.ResourceCheck";
export const DECISION = "kubernetes.authorization.Decision";

/** What an expression asks: with a path, or about a resource. */
export interface Asked {
  readonly path?: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of a service account that is asked about in place of the user. */
  readonly serviceAccount?: string;
}

/** Who answers, and what the request itself is about. */
export interface CelAuthorizer {
  readonly decide: (
    asked: Asked,
    verb: string,
  ) => { readonly allowed: boolean; readonly reason: string };
  readonly requested: Asked;
}

interface Check {
  readonly authorizer: CelAuthorizer;
  readonly asked: Asked;
}

const NOTHING: Asked = { group: "", resource: "", subresource: "", namespace: "", name: "" };

export function celAuthorizer(authorizer: CelAuthorizer): CelOpaque {
  return new CelOpaque(AUTHORIZER, { authorizer, asked: NOTHING } satisfies Check);
}

/** `authorizer.requestResource`. */
export function requestResource(target: CelOpaque): CelOpaque {
  const { authorizer } = checkOf(target, AUTHORIZER);
  return new CelOpaque(RESOURCE_CHECK, { authorizer, asked: authorizer.requested });
}

function checkOf(value: CelValue | undefined, ...types: readonly string[]): Check {
  if (!(value instanceof CelOpaque) || !types.includes(value.type)) throw noOverload();
  return value.content as Check;
}

function textOf(value: CelValue | undefined): string {
  if (typeof value !== "string") throw noOverload();
  return value;
}

/** A method that says more of what is asked. */
const narrowing =
  (from: string, to: string, key: keyof Asked): CelFunction =>
  ([target, value]) => {
    const { authorizer, asked } = checkOf(target, from);
    return new CelOpaque(to, { authorizer, asked: { ...asked, [key]: textOf(value) } });
  };

/** Selectors narrow what a list is about, which no rule of RBAC looks at. */
const unchanged: CelFunction = ([target]) => target as CelValue;

const decision = (value: CelValue | undefined): { allowed: boolean; reason: string } => {
  if (!(value instanceof CelOpaque) || value.type !== DECISION) throw noOverload();
  return value.content as { allowed: boolean; reason: string };
};

/** Questions of expressions about who may do what. */
export const AUTHORIZER_LIBRARY: CelLibrary = {
  ".path": narrowing(AUTHORIZER, PATH_CHECK, "path"),
  ".group": narrowing(AUTHORIZER, GROUP_CHECK, "group"),
  ".resource": narrowing(GROUP_CHECK, RESOURCE_CHECK, "resource"),
  ".subresource": narrowing(RESOURCE_CHECK, RESOURCE_CHECK, "subresource"),
  ".namespace": narrowing(RESOURCE_CHECK, RESOURCE_CHECK, "namespace"),
  ".name": narrowing(RESOURCE_CHECK, RESOURCE_CHECK, "name"),
  ".fieldSelector": unchanged,
  ".labelSelector": unchanged,
  ".serviceAccount": ([target, namespace, name]) => {
    const { authorizer, asked } = checkOf(target, AUTHORIZER);
    const serviceAccount = `${textOf(namespace)}/${textOf(name)}`;
    return new CelOpaque(AUTHORIZER, { authorizer, asked: { ...asked, serviceAccount } });
  },
  ".check": ([target, verb]) => {
    const { authorizer, asked } = checkOf(target, PATH_CHECK, RESOURCE_CHECK);
    return new CelOpaque(DECISION, authorizer.decide(asked, textOf(verb)));
  },
  ".allowed": ([value]) => decision(value).allowed,
  ".reason": ([value]) => decision(value).reason,
  ".errored": ([value]) => {
    decision(value);
    return false;
  },
  ".error": ([value]) => {
    decision(value);
    return "";
  },
};
