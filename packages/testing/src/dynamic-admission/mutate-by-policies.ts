import { ApiError, type Status } from "@kvop/core";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import { inVersion } from "../api-server/in-version.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import { jsonEqual, type JsonObject, type JsonValue } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { scopeOfWrite } from "./cel-of-write.js";
import { policyScope } from "./judge-by-policies.js";
import { judgeConditions } from "./match-conditions.js";
import { applyMutation, MutationError } from "./apply-mutation.js";
import { type BoundPolicy, isBindingMeant, nameOf, policyResource } from "./policy-matches.js";
import { ConfigurationError, paramResourceOf, paramsOf } from "./policy-params.js";

/** One policy with one binding and one parameter. */
interface Invocation {
  readonly key: string;
  readonly spec: JsonObject;
  readonly resource: ServedResource;
  readonly by: string;
  readonly param: JsonObject | undefined;
}

interface PolicyFailure {
  readonly message: string;
  readonly reason: "Invalid" | "Forbidden";
}

/** What policies made of the object of a write, and what of them is to be asked again when it changes further. */
export interface PolicyMutation {
  readonly object: JsonObject | undefined;
  readonly again: (object: JsonObject | undefined, hasChanged: boolean) => JsonObject | undefined;
}

/** Lets MutatingAdmissionPolicies change the object of a write, one after the other. @throws ApiError when one cannot. */
export function mutateByPolicies(
  policies: readonly BoundPolicy[],
  write: AdmittedWrite,
  remake: (patched: JsonValue) => JsonObject,
): PolicyMutation {
  const failures: PolicyFailure[] = [];
  const invocations = policies.flatMap((bound) => invocationsOf(bound, write, failures));
  const invoked: Invocation[] = [];
  const due = new Set<string>();
  const pass = (
    round: readonly Invocation[],
    from: JsonObject | undefined,
  ): JsonObject | undefined => {
    let object = from;
    for (const invocation of round) {
      const next = invoke(invocation, { ...write, object }, remake, failures);
      if (!jsonEqual(next ?? null, object ?? null))
        for (const each of invoked) if (each !== invocation) due.add(each.key);
      object = next;
      if (textAt(invocation.spec, "reinvocationPolicy") === "IfNeeded") invoked.push(invocation);
    }
    if (failures.length > 0) throw refusedBy(write, failures);
    return object;
  };
  return {
    object: pass(invocations, write.object),
    again: (object, hasChanged) =>
      pass(
        invoked.filter(({ key }) => hasChanged || due.has(key)),
        object,
      ),
  };
}

function invocationsOf(
  { policy, bindings }: BoundPolicy,
  write: AdmittedWrite,
  failures: PolicyFailure[],
): Invocation[] {
  const resource = policyResource(policy, write);
  if (resource === undefined) return [];
  const spec = objectAt(policy, "spec");
  const isIgnored = textAt(spec, "failurePolicy") === "Ignore";
  const attempt = <T>(of: string, by: string, run: () => readonly T[]): readonly T[] => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const message = `${by} denied request: failed to configure ${of}: ${error.message}`;
      if (!isIgnored) failures.push({ message, reason: "Forbidden" });
      return [];
    }
  };
  const name = nameOf(policy);
  const kinds = attempt("policy", `policy ${JSON.stringify(name)}`, () => [
    { params: paramResourceOf(spec, write) },
  ]);
  return kinds.flatMap(({ params }) =>
    bindings
      .filter((binding) => isBindingMeant(binding, write))
      .flatMap((binding) => {
        const by = `policy '${name}' with binding '${nameOf(binding)}'`;
        const reference = optionalObjectAt(objectAt(binding, "spec"), "paramRef");
        return attempt("binding", by, () => paramsOf(params, reference, write)).map((param) => ({
          key: `${by} ${param === undefined ? "" : nameOf(param)}`,
          spec,
          resource,
          by,
          param,
        }));
      }),
  );
}

function invoke(
  { spec, resource, by, param }: Invocation,
  write: AdmittedWrite,
  remake: (patched: JsonValue) => JsonObject,
  failures: PolicyFailure[],
): JsonObject | undefined {
  const fail = (message: string): void => {
    if (textAt(spec, "failurePolicy") !== "Ignore")
      failures.push({ message: `${by} denied request: ${message}`, reason: "Invalid" });
  };
  const scopeNow = (object: JsonObject | undefined) =>
    policyScope(spec, scopeOfWrite({ ...write, object }, resource), param);
  const conditions = judgeConditions(objectsAt(spec, "matchConditions"), scopeNow(write.object));
  if (conditions.kind === "error") fail(conditions.message);
  if (conditions.kind !== "met") return write.object;
  let { object } = write;
  for (const mutation of objectsAt(spec, "mutations")) {
    if (object === undefined) break;
    try {
      const seen = resource === write.resource ? object : inVersion(object, resource);
      const patched = applyMutation(mutation, seen, scopeNow(object), { ...write, resource });
      if (patched === seen) continue;
      object = remake(resource === write.resource ? patched : inVersion(patched, write.resource));
    } catch (error) {
      if (!(error instanceof MutationError)) throw error;
      fail(error.message);
    }
  }
  return object;
}

function refusedBy(
  { resource: { group, plural }, name, object }: AdmittedWrite,
  failures: readonly PolicyFailure[],
): ApiError {
  const [first] = failures;
  const named = name || nameOf(object ?? {});
  return new ApiError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: first?.message ?? "",
      reason: first?.reason ?? "Forbidden",
      details: {
        ...(named === "" ? {} : { name: named }),
        ...(group === "" ? {} : { group }),
        kind: plural,
        causes: failures.map(({ message }) => ({ message })),
      },
      code: 403,
    } as Status,
    { httpStatus: 403 },
  );
}
