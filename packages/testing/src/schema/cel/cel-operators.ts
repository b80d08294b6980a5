import { jsonEqual } from "../json.js";
import { compareOpaque, opaqueEqual } from "./cel-opaque.js";
import {
  CelDuration,
  CelError,
  CelMap,
  CelObject,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  CelUnorderedList,
} from "./cel-value.js";
import type { CelValue } from "./cel-value.js";

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

/** The error for arguments that no overload takes. */
export function noOverload(): CelError {
  return new CelError("no such overload");
}

/** @throws CelError on overflow. */
export function checkInt(value: bigint): bigint {
  if (value < INT_MIN || value > INT_MAX) throw new CelError("integer overflow");
  return value;
}

/** @throws CelError on overflow. */
export function checkUint(value: bigint): CelUint {
  if (value < 0n || value > UINT_MAX) throw new CelError("unsigned integer overflow");
  return new CelUint(value);
}

function numeric(value: CelValue): number | bigint | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** Equality across types: numbers by value, everything else by type and content. */
export function celEqual(left: CelValue, right: CelValue): boolean {
  const leftNumber = numeric(left);
  const rightNumber = numeric(right);
  if (leftNumber !== undefined && rightNumber !== undefined) {
    // eslint-disable-next-line eqeqeq -- compares a bigint with a number by value
    return leftNumber == rightNumber;
  }
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    if (left instanceof CelUnorderedList || right instanceof CelUnorderedList) {
      return left.every((item) => right.some((other) => celEqual(item, other)));
    }
    return left.every((item, index) => celEqual(item, right[index] as CelValue));
  }
  if (left instanceof CelMap) {
    if (!(right instanceof CelMap) || left.size !== right.size) return false;
    return left.entries().every(([key, value]) => {
      const other = right.get(key);
      return other !== undefined && celEqual(value, other);
    });
  }
  if (left instanceof CelObject) {
    return right instanceof CelObject && jsonEqual(left.json, right.json);
  }
  if (left instanceof CelTimestamp) {
    return right instanceof CelTimestamp && left.nanos === right.nanos;
  }
  if (left instanceof CelDuration) {
    return right instanceof CelDuration && left.nanos === right.nanos;
  }
  if (left instanceof CelType) return right instanceof CelType && left.name === right.name;
  if (left instanceof CelOpaque) return right instanceof CelOpaque && opaqueEqual(left, right);
  if (left instanceof CelOptional) {
    if (!(right instanceof CelOptional)) return false;
    if (left.value === undefined || right.value === undefined) return left.value === right.value;
    return celEqual(left.value, right.value);
  }
  if (left instanceof Uint8Array) {
    return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  }
  return false;
}

/** Negative, zero or positive. @throws CelError for values that have no order. */
export function celCompare(left: CelValue, right: CelValue): number {
  const leftNumber = numeric(left);
  const rightNumber = numeric(right);
  if (leftNumber !== undefined && rightNumber !== undefined) {
    return leftNumber < rightNumber ? -1 : leftNumber > rightNumber ? 1 : 0;
  }
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (left instanceof CelTimestamp && right instanceof CelTimestamp) {
    return order(left.nanos, right.nanos);
  }
  if (left instanceof CelDuration && right instanceof CelDuration) {
    return order(left.nanos, right.nanos);
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  if (left instanceof CelOpaque && right instanceof CelOpaque) return compareOpaque(left, right);
  throw noOverload();
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function order(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `+`, `-`, `*`, `/` and `%`. @throws CelError */
export function celArithmetic(operator: string, left: CelValue, right: CelValue): CelValue {
  if (typeof left === "bigint" && typeof right === "bigint") {
    return checkInt(wholeArithmetic(operator, left, right));
  }
  if (left instanceof CelUint && right instanceof CelUint) {
    return checkUint(wholeArithmetic(operator, left.value, right.value));
  }
  if (typeof left === "number" && typeof right === "number") {
    return doubleArithmetic(operator, left, right);
  }
  if (operator === "+") return add(left, right);
  if (operator === "-") return subtract(left, right);
  throw noOverload();
}

function wholeArithmetic(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0n) throw new CelError("division by zero");
      return left / right;
    default:
      if (right === 0n) throw new CelError("modulus by zero");
      return left % right;
  }
}

function doubleArithmetic(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    default:
      throw noOverload();
  }
}

function add(left: CelValue, right: CelValue): CelValue {
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return new Uint8Array(Buffer.concat([left, right]));
  }
  if (left instanceof CelDuration && right instanceof CelDuration) {
    return new CelDuration(checkInt(left.nanos + right.nanos));
  }
  if (left instanceof CelTimestamp && right instanceof CelDuration) {
    return new CelTimestamp(left.nanos + right.nanos);
  }
  if (left instanceof CelDuration && right instanceof CelTimestamp) {
    return new CelTimestamp(left.nanos + right.nanos);
  }
  throw noOverload();
}

function subtract(left: CelValue, right: CelValue): CelValue {
  if (left instanceof CelTimestamp && right instanceof CelTimestamp) {
    return new CelDuration(left.nanos - right.nanos);
  }
  if (left instanceof CelTimestamp && right instanceof CelDuration) {
    return new CelTimestamp(left.nanos - right.nanos);
  }
  if (left instanceof CelDuration && right instanceof CelDuration) {
    return new CelDuration(checkInt(left.nanos - right.nanos));
  }
  throw noOverload();
}

/** The name of a value's type. */
export function typeName(value: CelValue): string {
  if (value === null) return "null_type";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
  }
  if (Array.isArray(value)) return "list";
  if (value instanceof CelMap) return "map";
  if (value instanceof CelUint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof CelTimestamp) return "google.protobuf.Timestamp";
  if (value instanceof CelDuration) return "google.protobuf.Duration";
  if (value instanceof CelType) return "type";
  if (value instanceof CelOptional) return "optional_type";
  return value instanceof CelOpaque ? value.type : "object";
}
