import { ApiError, type Status } from "@kvop/core";
import {
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  textsAt,
} from "../admission/json-access.js";
import type { CelScope } from "../schema/cel/cel-scope.js";
import type { JsonObject } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { evaluateText, LazyVariables, scopeOfWrite, untyped } from "./cel-of-write.js";
import { judgeConditions } from "./match-conditions.js";
import { type BoundPolicy, isBindingMeant, nameOf, policyResource } from "./policy-matches.js";
import { ConfigurationError, paramResourceOf, paramsOf } from "./policy-params.js";

/** What a validation that does not hold has to say. */
interface Failure {
  readonly message: string;
  readonly reason?: string | undefined;
}

/** Longer messages of a `messageExpression` are not used. */
const MAX_MESSAGE_LENGTH = 5 * 1024;
const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
};

/** Lets ValidatingAdmissionPolicies refuse a write, or warn. @throws ApiError when one refuses. */
export function judgeByPolicies(policies: readonly BoundPolicy[], write: AdmittedWrite): void {
  const denials: { readonly message: string; readonly reason?: string | undefined }[] = [];
  for (const { policy, bindings } of policies) {
    const resource = policyResource(policy, write);
    if (resource === undefined) continue;
    const spec = objectAt(policy, "spec");
    const title = `ValidatingAdmissionPolicy '${nameOf(policy)}'`;
    const isIgnored = textAt(spec, "failurePolicy") === "Ignore";
    const configured = <T>(of: string, by: string, run: () => T): T | undefined => {
      try {
        return run();
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        if (!isIgnored)
          denials.push({
            message: `${by} denied request: failed to configure ${of}: ${error.message}`,
          });
        return undefined;
      }
    };
    const params = configured("policy", title, () => ({ of: paramResourceOf(spec, write) }));
    if (params === undefined) continue;
    const scope = scopeOfWrite(write, resource);
    for (const binding of bindings) {
      if (!isBindingMeant(binding, write)) continue;
      const by = `${title} with binding '${nameOf(binding)}'`;
      const reference = optionalObjectAt(objectAt(binding, "spec"), "paramRef");
      const given = configured("binding", by, () => paramsOf(params.of, reference, write)) ?? [];
      const actions = textsAt(objectAt(binding, "spec"), "validationActions");
      for (const param of given)
        for (const { message, reason } of failuresOf(spec, policyScope(spec, scope, param))) {
          if (actions.includes("Deny"))
            denials.push({ message: `${by} denied request: ${message}`, reason });
          if (actions.includes("Warn")) write.warn(`Validation failed for ${by}: ${message}`);
        }
    }
  }
  const [first] = denials;
  if (first !== undefined) throw deniedByPolicy(write, first);
}

/** What the expressions of a policy can name. */
export function policyScope(
  spec: JsonObject,
  outer: CelScope,
  param: JsonObject | undefined,
): CelScope {
  const withParams: CelScope =
    optionalObjectAt(spec, "paramKind") === undefined
      ? outer
      : { name: "params", value: untyped(param ?? null), outer };
  const variables = objectsAt(spec, "variables").map(
    (variable) => [textAt(variable, "name"), textAt(variable, "expression")] as const,
  );
  return variables.length === 0
    ? withParams
    : new LazyVariables(new Map(variables), withParams).scope;
}

function failuresOf(spec: JsonObject, scope: CelScope): readonly Failure[] {
  const isIgnored = textAt(spec, "failurePolicy") === "Ignore";
  const conditions = judgeConditions(objectsAt(spec, "matchConditions"), scope);
  if (conditions.kind === "unmet") return [];
  if (conditions.kind === "error") return isIgnored ? [] : [{ message: conditions.message }];
  return objectsAt(spec, "validations").flatMap((validation) => {
    const expression = textAt(validation, "expression");
    const result = evaluateText(expression, scope);
    if ("problem" in result) {
      const message = `expression '${expression}' resulted in error: ${result.problem}`;
      return isIgnored ? [] : [{ message }];
    }
    if (result.value === true) return [];
    const reason = textAt(validation, "reason") || "Invalid";
    return [{ message: messageOf(validation, scope), reason }];
  });
}

function messageOf(validation: JsonObject, scope: CelScope): string {
  const telling = textAt(validation, "messageExpression");
  const told = telling === "" ? undefined : evaluateText(telling, scope);
  const text = told !== undefined && "value" in told ? told.value : "";
  const message = typeof text === "string" ? text.trim() : "";
  if (message !== "" && message.length <= MAX_MESSAGE_LENGTH && !message.includes("\n"))
    return message;
  const given = textAt(validation, "message").trim();
  return given === "" ? `failed expression: ${textAt(validation, "expression").trim()}` : given;
}

/** The status of a write that a policy refuses. */
export function deniedByPolicy(
  { resource, name, object, old }: AdmittedWrite,
  {
    message,
    reason = "Invalid",
  }: { readonly message: string; readonly reason?: string | undefined },
): ApiError {
  const { group, plural } = resource;
  const named = name || nameOf(object ?? old ?? {});
  const code = CODES[reason] ?? 422;
  const qualified = group === "" ? plural : `${plural}.${group}`;
  return new ApiError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `${qualified} ${JSON.stringify(named)} is forbidden: ${message}`,
      reason,
      details: {
        ...(named === "" ? {} : { name: named }),
        ...(group === "" ? {} : { group }),
        kind: plural,
        causes: [{ message }],
      },
      code,
    } as Status,
    { httpStatus: code },
  );
}
