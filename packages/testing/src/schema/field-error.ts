import { goJson, goNumber, goQuote } from "./go-format.js";

/** The reasons of `Status.details.causes` that come from validation. */
export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "FieldValueNotFound"
  | "InternalError";

/** One thing that is wrong with one field. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** The dotted path, `<nil>` where the real server names none. */
  readonly field: string;
  /** Left out of the message when undefined. */
  readonly badValue?: unknown;
  readonly detail: string;
}

/** What the real server writes where an error has no path. */
export const NO_FIELD = "<nil>";

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueNotFound: "Not found",
  InternalError: "Internal error",
};

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "InternalError",
]);

/** The text of a cause, without its field, e.g. `Invalid value: "x": must be one of a, b`. */
export function fieldErrorMessage(error: FieldError): string {
  let message = TITLES[error.type];
  if (!WITHOUT_VALUE.has(error.type) && error.badValue !== undefined) {
    message += `: ${formatBadValue(error.badValue)}`;
  }
  return error.detail === "" ? message : `${message}: ${error.detail}`;
}

function formatBadValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "number") return goNumber(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  return goJson(value);
}

/** The part of `Status.message` after `is invalid: `; the same text twice is told once, several stand in brackets. */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const texts = new Set<string>();
  for (const error of errors) texts.add(`${error.field}: ${fieldErrorMessage(error)}`);
  const list = [...texts];
  return list.length === 1 ? (list[0] as string) : `[${list.join(", ")}]`;
}

/** One entry of `Status.details.causes`. */
export interface StatusCause {
  readonly reason: FieldErrorType;
  readonly message: string;
  readonly field: string;
}

/** `message` and `details` of the 422 Status with which an API server refuses an invalid object. */
export function invalidStatusDetails(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): {
  readonly message: string;
  readonly details: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes: StatusCause[];
  };
} {
  const qualified = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return {
    message: `${qualified} ${goQuote(name)} is invalid: ${aggregateMessage(errors)}`,
    details: {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      causes: errors.map((error) => ({
        reason: error.type,
        message: fieldErrorMessage(error),
        field: error.field,
      })),
    },
  };
}

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, badValue: "", detail };
}

export function invalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue, detail };
}

export function typeInvalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueTypeInvalid", field, badValue, detail };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, badValue: "", detail };
}

export function duplicate(field: string, badValue: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, badValue, detail: "" };
}

export function tooLong(field: string, badValue: unknown, maxBytes: number): FieldError {
  return {
    type: "FieldValueTooLong",
    field,
    badValue,
    detail: `may not be more than ${maxBytes} ${maxBytes === 1 ? "byte" : "bytes"}`,
  };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return {
    type: "FieldValueTooMany",
    field,
    badValue: actual,
    detail: `must have at most ${max} ${max === 1 ? "item" : "items"}`,
  };
}

export function notSupported(
  field: string,
  badValue: unknown,
  supported: readonly string[],
): FieldError {
  const detail =
    supported.length === 0 ? "" : `supported values: ${supported.map(goQuote).join(", ")}`;
  return { type: "FieldValueNotSupported", field, badValue, detail };
}
