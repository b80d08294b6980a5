import { compileSchema } from "../compiled-schema.js";
import type { CompiledSchema } from "../compiled-schema.js";

const TEXT_SCHEMA = compileSchema({ type: "string" }, { root: false });
/** A name is a DNS subdomain; what is added to a generated one takes at least a character. */
const NAME_LENGTH = 253;
const GENERATE_NAME_LENGTH = NAME_LENGTH - 1;

/** The schema of a field that every object of an API has, whether its schema declares it or not. */
export function impliedField(schema: CompiledSchema, key: string): CompiledSchema | undefined {
  if (key !== "apiVersion" && key !== "kind" && key !== "metadata") return undefined;
  const metadata = schema.property("metadata");
  if (isDeclared(schema, metadata)) return schema.property(key);
  if (key !== "metadata") return TEXT_SCHEMA;
  const name = cappedLength(metadata, "name", NAME_LENGTH);
  const generateName = cappedLength(metadata, "generateName", GENERATE_NAME_LENGTH);
  return schema.derive(`metadata:${name}:${generateName}`, () =>
    compileSchema(
      {
        type: "object",
        properties: {
          name: { type: "string", maxLength: name },
          generateName: { type: "string", maxLength: generateName },
        },
      },
      { root: false },
    ),
  );
}

function isDeclared(schema: CompiledSchema, metadata: CompiledSchema | undefined): boolean {
  const isText = (field: CompiledSchema | undefined) => field?.source.type === "string";
  return (
    isText(schema.property("kind")) &&
    isText(schema.property("apiVersion")) &&
    metadata?.source.type === "object" &&
    isText(metadata.property("name")) &&
    isText(metadata.property("generateName"))
  );
}

function cappedLength(metadata: CompiledSchema | undefined, name: string, most: number): number {
  return Math.min(metadata?.property(name)?.source.maxLength ?? most, most);
}
