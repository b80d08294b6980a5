import { refuse } from "../api-server/refusal.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import { goJsonKind } from "../patch/go-json-kind.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { PatchError } from "../patch/patch-error.js";
import {
  copyJson,
  isJsonObject,
  jsonEqual,
  type JsonObject,
  type JsonValue,
} from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { Attempts, type Question } from "./attempts.js";
import { meetsConditions } from "./match-conditions.js";
import { isInNamespace, isSelected, matchingResource } from "./match-resource.js";
import type { CallResult, WebhookCaller } from "./webhook-caller.js";
import type { Webhook } from "./webhook-hooks.js";
import { deniedBy, notCalled } from "./webhook-refusal.js";
import {
  readReview,
  type ReviewAnswer,
  ReviewError,
  reviewRequest,
  reviewText,
} from "./webhook-review.js";

interface Called {
  readonly uid: string;
  readonly result: CallResult;
}

/** Lets mutating webhooks change the object of a write, one after the other. @throws ApiError when one refuses. */
export function mutateByWebhooks(
  hooks: readonly Webhook[],
  write: AdmittedWrite,
  caller: WebhookCaller,
  remake: (patched: JsonValue) => JsonObject,
): JsonObject | undefined {
  let { object } = write;
  const called: Webhook[] = [];
  const again = new Set<Webhook>();
  const pass = (round: readonly Webhook[], number: number): void => {
    for (const hook of round) {
      const now = { ...write, object };
      const resource = calledFor(hook, now);
      if (resource === undefined) continue;
      const [question] = [questionOf(hook, now, resource, caller, number)];
      const [answer] = attemptsOf(now).answersTo([question]) as [Called];
      const review = heed(hook, answer, now);
      const changed =
        object === undefined || review?.patch === undefined
          ? object
          : orIgnored(hook, object, () => patchedBy(review, object as JsonObject, remake));
      if (changed !== undefined && object !== undefined && !jsonEqual(changed, object)) {
        for (const each of called) if (each.isReinvoked && each !== hook) again.add(each);
        object = changed;
      }
      called.push(hook);
    }
  };
  pass(hooks, 0);
  if (again.size > 0)
    pass(
      hooks.filter((each) => again.has(each)),
      1,
    );
  return object;
}

/** Lets validating webhooks refuse a write: all are asked at once. @throws ApiError when one refuses. */
export function validateByWebhooks(
  hooks: readonly Webhook[],
  write: AdmittedWrite,
  caller: WebhookCaller,
): void {
  const asked = hooks.flatMap((hook) => {
    const resource = calledFor(hook, write);
    return resource === undefined
      ? []
      : [{ hook, question: questionOf(hook, write, resource, caller, 0) }];
  });
  if (asked.length === 0) return;
  const answers = attemptsOf(write).answersTo(asked.map(({ question }) => question)) as Called[];
  const refusals: unknown[] = [];
  for (const [index, { hook }] of asked.entries()) {
    try {
      heed(hook, answers[index] as Called, write, true);
    } catch (error) {
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw refusals[0];
}

function attemptsOf({ context }: AdmittedWrite): Attempts {
  return context.attempts ?? new Attempts();
}

/** In which version a webhook is told of a write; undefined when it is not. */
function calledFor(hook: Webhook, write: AdmittedWrite): ServedResource | undefined {
  const resource = matchingResource(hook.rules, write, hook.isEquivalent);
  if (resource === undefined || !isSelected(hook.hook, write) || !isInNamespace(hook.hook, write))
    return undefined;
  if (!meetsConditions(hook, write)) return undefined;
  if (write.dryRun && hook.hasSideEffects)
    throw refuse.badRequest(
      `admission webhook ${JSON.stringify(hook.name)} does not support dry run`,
    );
  return resource;
}

function questionOf(
  hook: Webhook,
  write: AdmittedWrite,
  resource: ServedResource,
  caller: WebhookCaller,
  round: number,
): Question {
  const request = reviewRequest(write, resource);
  return {
    key: `${hook.id} ${round} ${JSON.stringify(request)}`,
    ask: async (): Promise<Called> => {
      const uid = write.context.random.uuid();
      const text = reviewText(request, uid, hook.reviewVersion);
      return { uid, result: await caller.call(hook.clientConfig, text, hook.timeoutMs) };
    },
  };
}

/** What a webhook's answer means. Undefined: it could not be asked, and may be ignored. */
function heed(
  hook: Webhook,
  { uid, result }: Called,
  write: AdmittedWrite,
  isValidating = false,
): ReviewAnswer | undefined {
  return orIgnored(hook, undefined, () => {
    if ("problem" in result) throw new ReviewError(result.problem);
    const answer = readReview(result.text, uid, hook.reviewVersion);
    if (isValidating && answer.patch !== undefined)
      throw new ReviewError(
        "received invalid webhook response: validating webhook may not return response.patch",
      );
    for (const warning of answer.warnings) write.warn(warning);
    if (!answer.isAllowed) throw deniedBy(hook.name, answer.status);
    return answer;
  });
}

/** An answer that is none counts for nothing, if that is what the webhook says. @throws ApiError when it does not. */
function orIgnored<T>(hook: Webhook, otherwise: T, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ReviewError)) throw error;
    if (hook.isIgnored) return otherwise;
    throw notCalled(hook.name, error.message);
  }
}

const undecodable = (why: string) =>
  new ReviewError(`received undecodable patch in webhook response: ${why}`);

function patchedBy(
  { patch: text = "", patchType }: ReviewAnswer,
  object: JsonObject,
  remake: (patched: JsonValue) => JsonObject,
): JsonObject {
  let patch: JsonValue;
  try {
    patch = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw undecodable((error as Error).message);
  }
  if (!Array.isArray(patch)) {
    throw undecodable(
      `json: cannot unmarshal ${goJsonKind(patch)} into Go value of type jsonpatch.Patch`,
    );
  }
  if (patch.length === 0) return object;
  if (patchType !== "JSONPatch")
    throw new ReviewError(`unsupported patch type ${JSON.stringify(patchType)}`);
  try {
    const patched = applyJsonPatch(copyJson(object), patch);
    if (!isJsonObject(patched)) throw refuse.internalError("the patched object is no object");
    return remake(patched);
  } catch (error) {
    if (PatchError.isInstance(error)) throw refuse.internalError(error.detail);
    throw error;
  }
}
