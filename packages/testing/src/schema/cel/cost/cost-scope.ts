import type { ASTNode } from "@marcbachmann/cel-js";
import type { CompiledSchema } from "../../compiled-schema.js";
import { DYN } from "../cel-type.js";
import type { CelStaticType } from "../cel-type.js";
import { isScalar } from "./cost-node.js";
import type { CostNode } from "./cost-node.js";
import { sizeAt } from "./declared-size.js";
import { UNKNOWN_SIZE, eitherSize, exactly } from "./size-range.js";
import type { SizeRange } from "./size-range.js";
import { ValuePath } from "./value-path.js";

/** How large the keys and the values of what an expression makes are. */
export interface EntrySizes {
  readonly isList: boolean;
  readonly key: SizeRange;
  readonly value: SizeRange;
}

interface LocalVariable {
  readonly path: ValuePath;
  readonly size: SizeRange | undefined;
}

export function eitherEntries(
  left: EntrySizes | undefined,
  right: EntrySizes | undefined,
): EntrySizes | undefined {
  if (left === undefined || right === undefined) return undefined;
  return {
    isList: left.isList,
    key: eitherSize(left.key, right.key),
    value: eitherSize(left.value, right.value),
  };
}

/** What an estimate has found out about the parts of an expression. */
export class CostScope {
  readonly #root: CompiledSchema;
  readonly #types: ReadonlyMap<ASTNode, CelStaticType>;
  readonly #paths = new Map<ASTNode, ValuePath>();
  readonly #sizes = new Map<ASTNode, SizeRange>();
  readonly #entries = new Map<ASTNode, EntrySizes>();
  readonly #locals = new Map<string, LocalVariable[]>();

  constructor(root: CompiledSchema, types: ReadonlyMap<ASTNode, CelStaticType>) {
    this.#root = root;
    this.#types = types;
  }

  typeOf(node: ASTNode): CelStaticType {
    return this.#types.get(node) ?? DYN;
  }

  push(name: string, path: ValuePath, size: SizeRange | undefined): void {
    const stack = this.#locals.get(name) ?? [];
    stack.push({ path, size });
    this.#locals.set(name, stack);
  }

  pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  local(name: string): LocalVariable | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  pathOf(node: ASTNode): ValuePath {
    const local = node.op === "id" ? this.local(node.args) : undefined;
    return local?.path ?? this.#paths.get(node) ?? ValuePath.none;
  }

  setPath(node: ASTNode, path: ValuePath): void {
    this.#paths.set(node, path);
  }

  entriesOf(node: ASTNode): EntrySizes | undefined {
    return this.#entries.get(node);
  }

  setEntries(node: ASTNode, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(node, entries);
  }

  setSize(node: ASTNode, size: SizeRange | undefined): void {
    if (size !== undefined) this.#sizes.set(node, size);
  }

  /** How large a value may be; undefined when nothing tells. */
  sizeOf(node: ASTNode): SizeRange | undefined {
    const known = this.#sizes.get(node) ?? literalSize(node);
    if (known !== undefined) return known;
    const declared = sizeAt(this.#root, this.pathOf(node).names());
    if (declared !== undefined) {
      this.#sizes.set(node, declared);
      return declared;
    }
    if (isScalar(this.typeOf(node))) return exactly(1);
    return node.op === "id" ? this.local(node.args)?.size : undefined;
  }

  sizeOrUnknown(node: ASTNode): SizeRange {
    return this.sizeOf(node) ?? UNKNOWN_SIZE;
  }

  describe(node: ASTNode): CostNode {
    const names = this.pathOf(node).names();
    const items = names.length > 0 ? sizeAt(this.#root, [...names, "@items"]) : undefined;
    return {
      node,
      type: this.typeOf(node),
      size: this.sizeOrUnknown(node),
      itemSize: items ?? UNKNOWN_SIZE,
    };
  }
}

function literalSize(node: ASTNode): SizeRange | undefined {
  if (node.op === "list" || node.op === "map") return exactly(node.args.length);
  if (isNegativeNumber(node)) return exactly(1);
  if (node.op !== "value") return undefined;
  const value: unknown = node.args;
  if (typeof value === "string") return exactly(Array.from(value).length);
  return exactly(value instanceof Uint8Array ? value.length : 1);
}

/** Whether a node is a number with a minus, which is one literal. */
export function isNegativeNumber(node: ASTNode): boolean {
  return (
    node.op === "-_" &&
    node.args.op === "value" &&
    (typeof node.args.args === "bigint" || typeof node.args.args === "number")
  );
}
