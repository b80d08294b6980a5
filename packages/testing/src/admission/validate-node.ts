import { type FieldError, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkLabelValue, checkQualifiedName } from "../schema/name-rules.js";
import { parseQuantity } from "../schema/quantity.js";
import { supported } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import { objectAt, objectsAt, textAt, textsAt } from "./json-access.js";
import { validateNetwork } from "./validate-network.js";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** A Node. The real server says metadata of taints, though they are of the spec. */
export function validateNode(node: JsonObject): FieldError[] {
  const spec = objectAt(node, "spec");
  const status = objectAt(node, "status");
  return [
    ...validateTaints(objectsAt(spec, "taints"), "metadata.taints"),
    ...validateAmounts(objectAt(status, "capacity"), "status.capacity"),
    ...validateAmounts(objectAt(status, "allocatable"), "status.allocatable"),
    ...validateRanges(textsAt(spec, "podCIDRs")),
  ];
}

function validateTaints(taints: readonly JsonObject[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const field = `${path}[${index}]`;
    const [key, value, effect] = ["key", "value", "effect"].map((name) => textAt(taint, name)) as [
      string,
      string,
      string,
    ];
    const identity = `${key}:${effect}`;
    const isRepeated = seen.has(identity);
    seen.add(identity);
    return [
      ...checkQualifiedName(key).map((detail) => invalid(`${field}.key`, key, detail)),
      ...checkLabelValue(value).map((detail) => invalid(`${field}.value`, value, detail)),
      ...(effect === "" ? [required(`${field}.effect`)] : []),
      ...supported(taint, "effect", field, EFFECTS),
      ...(isRepeated ? [repeatedTaint(field, { key, value, effect }, taint)] : []),
    ];
  });
}

function repeatedTaint(
  field: string,
  { key, value, effect }: Readonly<Record<"key" | "value" | "effect", string>>,
  taint: JsonObject,
): FieldError {
  const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint["timeAdded"] ?? null };
  return {
    type: "FieldValueDuplicate",
    field,
    badValue: goStruct(shown),
    detail: "taints must be unique by key and effect pair",
  };
}

function validateAmounts(amounts: JsonObject, path: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) =>
    (parseQuantity(String(amount))?.nanos ?? 0n) < 0n
      ? [invalid(`${path}.${name}`, amount, "must be greater than or equal to 0")]
      : [],
  );
}

function validateRanges(ranges: readonly string[]): FieldError[] {
  const errors = ranges.flatMap((range, index) =>
    validateNetwork(range, `spec.podCIDRs[${index}]`),
  );
  const families = ranges.map((range) => range.includes(":"));
  return new Set(families).size < families.length
    ? [
        ...errors,
        invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family"),
      ]
    : errors;
}
