import { objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { JsonObject } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { evaluateText, scopeOfWrite } from "./cel-of-write.js";
import type { Webhook } from "./webhook-hooks.js";

/** What the conditions of a webhook or policy say of a write. */
export type Conditions =
  | { readonly kind: "met" }
  | { readonly kind: "unmet" }
  | { readonly kind: "error"; readonly message: string };

/** All have to hold; one that does not counts more than one that cannot be told. */
export function judgeConditions(
  conditions: readonly JsonObject[],
  scope: Parameters<typeof evaluateText>[1],
): Conditions {
  const problems: string[] = [];
  for (const condition of conditions) {
    const text = textAt(condition, "expression");
    const result = evaluateText(text, scope);
    if ("problem" in result)
      problems.push(`expression '${text}' resulted in error: ${result.problem}`);
    else if (result.value === false) return { kind: "unmet" };
  }
  if (problems.length === 0) return { kind: "met" };
  return {
    kind: "error",
    message: problems.length === 1 ? String(problems[0]) : `[${problems.join(", ")}]`,
  };
}

/** @throws ApiError Forbidden when a webhook that counts has a condition that cannot be told. */
export function meetsConditions({ hook, isIgnored }: Webhook, write: AdmittedWrite): boolean {
  const conditions = objectsAt(hook, "matchConditions");
  if (conditions.length === 0) return true;
  const result = judgeConditions(conditions, scopeOfWrite(write));
  if (result.kind !== "error") return result.kind === "met";
  if (isIgnored) return false;
  const { group, plural } = write.resource;
  const of = write.name || textAt(objectAt(write.object ?? write.old ?? {}, "metadata"), "name");
  const qualified = group === "" ? plural : `${plural}.${group}`;
  throw refuse.forbidden(
    write.resource,
    of,
    `${qualified} ${JSON.stringify(of)} is forbidden: ${result.message}`,
  );
}
