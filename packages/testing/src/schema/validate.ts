import type { CompiledSchema } from "./compiled-schema.js";
import { NO_FIELD, invalid } from "./field-error.js";
import type { FieldError, FieldErrorType } from "./field-error.js";
import { MAX_JSON_DEPTH, isDeeperThan } from "./json.js";
import type { JsonObject } from "./json.js";
import { hasTrait } from "./schema-traits.js";
import { validateEmbedded } from "./validate-embedded.js";
import { validateLists } from "./validate-lists.js";
import { DEFAULT_CEL_BUDGET, validateRules } from "./validate-rules.js";
import { type ScalePaths, validateScalePaths } from "./validate-scale-paths.js";
import { validateValue } from "./validate-value.js";

/** Options of {@link validateObject}. */
export interface ValidateOptions {
  /** The stored object, on an update: what did not change is not judged again (KEP-4008). */
  readonly old?: JsonObject | undefined;
  /** Fields that the subresource `scale` shows are judged too, all of them or those of `status`. */
  readonly scale?: { readonly paths: ScalePaths; readonly part: "all" | "status" } | undefined;
  /** Steps that all rules of the object together may take. Default: {@link DEFAULT_CEL_BUDGET}. */
  readonly celBudget?: number | undefined;
  /** Gets the rules that are broken where nothing changed: the real server warns of them. */
  readonly forgiven?: FieldError[] | undefined;
}

/**
 * Tells what is wrong with an object by its schema, in the order and the words of the real server: keywords, embedded
 * resources, duplicates in lists, then the rules of `x-kubernetes-validations`. Empty when all is well. The object should
 * be pruned and defaulted; it is not changed. `metadata` of the object itself is not judged.
 */
export function validateObject(
  schema: CompiledSchema,
  object: JsonObject,
  options: ValidateOptions = {},
): FieldError[] {
  // Only types that contain themselves let a walk go deeper than their schema.
  if (schema.isBuiltIn && isDeeperThan(object, MAX_JSON_DEPTH)) {
    return [invalid(NO_FIELD, "", `must not be nested deeper than ${MAX_JSON_DEPTH} levels`)];
  }
  const { old } = options;
  const errors: FieldError[] = [];
  validateValue(schema, object, "", old, errors);
  if (options.scale !== undefined)
    errors.push(...validateScalePaths(options.scale.paths, object, options.scale.part));
  validateUnlessOldFails(validateEmbedded, schema, object, old, errors);
  validateUnlessOldFails(validateLists, schema, object, old, errors);
  if (hasTrait(schema, "rules")) {
    if (errors.some((error) => BLOCKING.has(error.type))) errors.push(RULES_NOT_CHECKED);
    else {
      const budget = options.celBudget ?? DEFAULT_CEL_BUDGET;
      validateRules(schema, object, "", old, budget, errors, options.forgiven);
    }
  }
  return errors;
}

/** With these a rule could meet values that its types do not allow: the real server runs none then. */
const BLOCKING: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueRequired",
  "FieldValueNotSupported",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const RULES_NOT_CHECKED = invalid(
  NO_FIELD,
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

/** What the stored object gets wrong already must not keep it from being updated. */
function validateUnlessOldFails(
  validate: typeof validateLists,
  schema: CompiledSchema,
  object: JsonObject,
  old: JsonObject | undefined,
  errors: FieldError[],
): void {
  const found: FieldError[] = [];
  validate(schema, object, "", found);
  if (found.length === 0) return;
  if (old !== undefined) {
    const oldFound: FieldError[] = [];
    validate(schema, old, "", oldFound);
    if (oldFound.length > 0) return;
  }
  errors.push(...found);
}
