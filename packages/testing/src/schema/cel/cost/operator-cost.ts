import { formatType } from "../cel-type.js";
import type { CallCost, CostNode } from "./cost-node.js";
import { mayBe } from "./cost-node.js";
import { PER_CHARACTER, addSizes, timesFactor } from "./size-range.js";

const ORDERS = new Set(["<", "<=", ">", ">="]);
const COMPARED_AT_ONCE = new Set([
  "net.IP",
  "net.CIDR",
  "kubernetes.Quantity",
  "kubernetes.Semver",
]);
const MOST_OF_A_FORMAT = 64;

/** What an operator between two values adds to their cost. */
export function operatorCost(op: string, left: CostNode, right: CostNode): CallCost {
  if (op === "==" || op === "!=") return { cost: equalityCost(op, left, right) };
  if (ORDERS.has(op)) {
    const isText = mayBe(left.type, "string", "bytes") && mayBe(right.type, "string", "bytes");
    const isOther = !isText || left.type.kind === "dyn";
    const cost = isText ? compared(left, right) : 0;
    return { cost: isOther ? Math.max(1, cost) : cost };
  }
  if (op === "in") {
    const inList = mayBe(right.type, "list") ? right.size.max : 0;
    return { cost: mayBe(right.type, "map") ? Math.max(1, inList) : inList };
  }
  if (op === "+" && mayBe(left.type, "string", "bytes", "list")) {
    const size = addSizes(left.size, right.size);
    const isList = left.type.kind === "list";
    return { cost: isList ? 1 : timesFactor(size.max, PER_CHARACTER), size };
  }
  return { cost: 1 };
}

/** Two values are compared until the shorter one ends. */
function compared(left: CostNode, right: CostNode): number {
  return timesFactor(Math.min(left.size.max, right.size.max), PER_CHARACTER);
}

function equalityCost(op: string, left: CostNode, right: CostNode): number {
  const type = formatType(left.type);
  if (op === "==" && type === formatType(right.type)) {
    if (COMPARED_AT_ONCE.has(type)) return 1;
    if (type === "kubernetes.NamedFormat") return timesFactor(MOST_OF_A_FORMAT, PER_CHARACTER);
    if (type === "kubernetes.URL") return timesFactor(right.size.max, PER_CHARACTER);
  }
  return compared(left, right);
}
