import type { ASTNode } from "@marcbachmann/cel-js";
import type { CelStaticType } from "../cel-type.js";
import type { SizeRange } from "./size-range.js";

/** What is known of a part of an expression when a call with it is estimated. */
export interface CostNode {
  readonly node: ASTNode;
  readonly type: CelStaticType;
  readonly size: SizeRange;
  /** How large an item is, when the part is a list. */
  readonly itemSize: SizeRange;
}

/** What a call adds to the cost of its receiver and its arguments. */
export interface CallCost {
  readonly cost: number;
  /** How large the result is; left out when nothing tells. */
  readonly size?: SizeRange;
}

const SCALARS = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

export function isScalar(type: CelStaticType): boolean {
  if (type.kind === "optional") return isScalar(type.value);
  return type.kind === "simple" && SCALARS.has(type.name);
}

/** Whether a value may be of a type that is named, as far as is known. */
export function mayBe(type: CelStaticType, ...names: readonly string[]): boolean {
  if (type.kind === "dyn" || type.kind === "parameter") return true;
  return names.includes(type.kind === "simple" ? type.name : type.kind);
}
