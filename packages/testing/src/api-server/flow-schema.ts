import type { AuthorizationAttributes } from "../authorization/rbac.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

const GROUP = "flowcontrol.apiserver.k8s.io";
/** Requests that last as long as the client wants have no place in a queue. */
const LONG_RUNNING: ReadonlySet<string> = new Set([
  "attach",
  "exec",
  "log",
  "portforward",
  "proxy",
]);

/** A required list that was left out is stored as null. */
type Names = readonly string[] | null;

interface Subject {
  readonly kind: string;
  readonly user?: { readonly name: string };
  readonly group?: { readonly name: string };
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

interface FlowRule {
  readonly subjects?: readonly Subject[];
  readonly resourceRules?: readonly {
    readonly verbs?: Names;
    readonly apiGroups?: Names;
    readonly resources?: Names;
    readonly namespaces?: Names;
    readonly clusterScope?: boolean;
  }[];
  readonly nonResourceRules?: readonly {
    readonly verbs?: Names;
    readonly nonResourceURLs?: Names;
  }[];
}

interface FlowSchema {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec?: {
    readonly matchingPrecedence?: number;
    readonly priorityLevelConfiguration?: { readonly name?: string };
    readonly rules?: readonly FlowRule[];
  };
}

interface KnownHeaders {
  readonly levels: readonly JsonObject[];
  readonly byRequest: Map<string, Headers>;
}

type Headers = Readonly<Record<string, string>>;

const NO_HEADERS: Headers = {};
/** Most kinds of requests that are remembered. */
const MAX_KNOWN = 1000;
/** What was found for requests, by the list of FlowSchemas of then: each change of one makes another list. */
const known = new WeakMap<readonly JsonObject[], KnownHeaders>();

/**
 * The headers that name the FlowSchema which a request belongs to and its priority level, as priority and fairness of the real
 * server sets them. None for what it does not queue.
 */
export function flowHeaders(attributes: AuthorizationAttributes, store: ObjectStore): Headers {
  if (attributes.resourceRequest && LONG_RUNNING.has(attributes.subresource)) return NO_HEADERS;
  const schemas = store.list(`${GROUP}/flowschemas`).objects;
  const levels = store.list(`${GROUP}/prioritylevelconfigurations`).objects;
  let found = known.get(schemas);
  if (found === undefined || found.levels !== levels || found.byRequest.size === MAX_KNOWN)
    known.set(schemas, (found = { levels, byRequest: new Map() }));
  const kind = kindOf(attributes);
  const before = found.byRequest.get(kind);
  if (before !== undefined) return before;
  const headers = headersOf(attributes, store);
  found.byRequest.set(kind, headers);
  return headers;
}

/** All of a request that a FlowSchema may ask about. */
function kindOf(attributes: AuthorizationAttributes): string {
  const { user, verb } = attributes;
  const place = attributes.resourceRequest
    ? `${attributes.apiGroup}\n${attributes.resource}\n${attributes.subresource}\n${attributes.namespace}`
    : (attributes.path ?? "");
  return `${verb}\n${place}\n${user.username}\n${user.groups.join("\n")}`;
}

function headersOf(attributes: AuthorizationAttributes, store: ObjectStore): Headers {
  const schema = findFlowSchema(attributes, store);
  if (schema === undefined) return NO_HEADERS;
  return {
    "x-kubernetes-pf-flowschema-uid": schema.metadata.uid,
    "x-kubernetes-pf-prioritylevel-uid": String(levelOf(schema, store)?.["uid"]),
  };
}

/** The metadata of its priority level; undefined when there is none of that name. */
function levelOf({ spec }: FlowSchema, store: ObjectStore): JsonObject | undefined {
  const name = spec?.priorityLevelConfiguration?.name ?? "";
  const level = store.get(`${GROUP}/prioritylevelconfigurations`, `/${name}`);
  return level?.["metadata"] as JsonObject | undefined;
}

/** The matching one of the lowest precedence that has a priority level; of those, the first by name. */
function findFlowSchema(
  attributes: AuthorizationAttributes,
  store: ObjectStore,
): FlowSchema | undefined {
  let found: FlowSchema | undefined;
  // Sorted by name, so that the first of a precedence stays.
  for (const each of store.list(`${GROUP}/flowschemas`).objects) {
    const schema = each as unknown as FlowSchema;
    if (found !== undefined && precedenceOf(schema) >= precedenceOf(found)) continue;
    if (schema.spec?.rules?.some((rule) => matches(rule, attributes)) !== true) continue;
    if (levelOf(schema, store) !== undefined) found = schema;
  }
  return found;
}

function precedenceOf({ spec }: FlowSchema): number {
  return spec?.matchingPrecedence ?? 0;
}

function matches(rule: FlowRule, attributes: AuthorizationAttributes): boolean {
  const { subjects, resourceRules, nonResourceRules } = rule;
  if (subjects?.some((subject) => isSubject(subject, attributes)) !== true) return false;
  if (!attributes.resourceRequest) {
    const { verb, path = "" } = attributes;
    return (
      nonResourceRules?.some(
        ({ verbs, nonResourceURLs: urls }) =>
          has(verbs, verb) && (urls ?? []).some((url) => isAt(path, url)),
      ) === true
    );
  }
  const { verb, apiGroup, resource, subresource, namespace } = attributes;
  const place = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    resourceRules?.some(
      ({ verbs, apiGroups, resources, namespaces, clusterScope }) =>
        has(verbs, verb) &&
        has(apiGroups, apiGroup) &&
        has(resources, place) &&
        (namespace === "" ? clusterScope === true : has(namespaces, namespace)),
    ) === true
  );
}

function isSubject(
  { kind, user, group, serviceAccount }: Subject,
  { user: asking }: AuthorizationAttributes,
): boolean {
  switch (kind) {
    case "User":
      return user !== undefined && has([user.name], asking.username);
    case "Group":
      return group !== undefined && asking.groups.some((name) => has([group.name], name));
    default: {
      if (serviceAccount === undefined) return false;
      const prefix = `system:serviceaccount:${serviceAccount.namespace}:`;
      if (!asking.username.startsWith(prefix)) return false;
      return has([serviceAccount.name], asking.username.slice(prefix.length));
    }
  }
}

function has(names: Names | undefined, name: string): boolean {
  return names?.includes(name) === true || names?.includes("*") === true;
}

/** Of a path or of one below it. */
function isAt(path: string, url: string): boolean {
  if (url === "*" || url === path) return true;
  const above = url.replace(/\*$/, "");
  return path.startsWith(above.endsWith("/") ? above : `${above}/`);
}
