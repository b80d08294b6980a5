import type { CompiledSchema } from "./compiled-schema.js";

/** A part of a schema that has rules. */
export interface RulePlace {
  readonly schema: CompiledSchema;
  readonly path: string;
  /** Above here, old and new values cannot be told to belong together. */
  readonly uncorrelatable: string | undefined;
  /** How many values of this part an object may have; undefined when a list or a map above has no limit. */
  readonly cardinality: number | undefined;
}

interface Surroundings {
  readonly uncorrelatable: string | undefined;
  readonly cardinality: number | undefined;
}

/** The parts of a schema that have rules, the inner ones first. */
export function* rulePlaces(
  schema: CompiledSchema,
  path: string,
  around: Surroundings = { uncorrelatable: undefined, cardinality: 1 },
): Generator<RulePlace> {
  const { source, additionalProperties, items } = schema;
  const below = { ...around, cardinality: multiplied(around.cardinality, mostChildren(schema)) };
  // Items of a list without keys cannot be told from each other between two versions of an object.
  const lost = schema.listType === "map" ? undefined : path;
  if (items !== undefined) {
    const uncorrelatable = around.uncorrelatable ?? lost;
    yield* rulePlaces(items, `${path}.items`, { ...below, uncorrelatable });
  }
  if (additionalProperties !== undefined) {
    yield* rulePlaces(additionalProperties, `${path}.additionalProperties`, below);
  }
  for (const name of Object.keys(source.properties ?? {})) {
    const property = schema.property(name);
    if (property === undefined) continue;
    yield* rulePlaces(property, `${path}.properties[${name}]`, below);
  }
  if (schema.rules.length > 0) yield { schema, path, ...around };
}

function multiplied(count: number | undefined, factor: number | undefined): number | undefined {
  return count === undefined || factor === undefined ? undefined : count * factor;
}

/** How many values below there may be for one of a schema; undefined when nothing limits them. */
function mostChildren({ source }: CompiledSchema): number | undefined {
  if (source.type === "array") return limit(source.maxItems);
  const isMap = source.additionalProperties !== undefined;
  return source.type === "object" && isMap ? limit(source.maxProperties) : 1;
}

function limit(count: number | undefined): number | undefined {
  return count === undefined ? undefined : Math.max(0, count);
}
