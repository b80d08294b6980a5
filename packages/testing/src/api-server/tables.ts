import { numberAt, objectAt } from "../admission/json-access.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import { compilePrinterColumns, printerColumnCells } from "../schema/table-cells.js";
import { cellsOf } from "../tables/built-in-cells.js";
import { ageOf, type CellReader, createdAt } from "../tables/cell-reader.js";
import { podRowConditions } from "../tables/pod-cells.js";
import { inHubVersion } from "./in-version.js";
import { partialMetadata } from "./partial-metadata.js";
import { refuse } from "./refusal.js";
import type { PrinterColumn, ServedResource } from "./resource-registry.js";

const INCLUDED = ["", "Metadata", "Object", "None"];
const NAME_HELP = "Name must be unique within a namespace.";

/** What a Table has to know of a resource. */
export type TableResource = Pick<
  ServedResource,
  "storageKey" | "isCustom" | "printerColumns" | "columns"
>;

/** A `meta.k8s.io/v1` Table, which is what kubectl prints. */
export function tableOf(
  objects: readonly JsonObject[],
  resource: TableResource,
  meta: JsonObject,
  options: {
    readonly nowMs: number;
    readonly includeObject: string;
    readonly withColumns?: boolean;
  },
): JsonObject {
  const { includeObject } = options;
  if (!INCLUDED.includes(includeObject)) throw refuse.unknownIncludeObject(includeObject);
  const { definitions, readCells } = resource.isCustom
    ? customColumns(resource.printerColumns)
    : builtInColumns(resource);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: meta,
    columnDefinitions:
      options.withColumns === false
        ? null
        : definitions.map(({ name, type, format, priority }) => ({
            name,
            type,
            format,
            description: name === "Name" ? NAME_HELP : "",
            priority,
          })),
    rows: inRowOrder(objects, resource).map((object) =>
      rowOf(object, readCells, resource, options),
    ),
  };
}

/** FlowSchemas are shown in the order in which they are tried. */
function inRowOrder(
  objects: readonly JsonObject[],
  { storageKey }: TableResource,
): readonly JsonObject[] {
  if (storageKey !== "flowcontrol.apiserver.k8s.io/flowschemas") return objects;
  const precedence = (schema: JsonObject): number =>
    numberAt(objectAt(schema, "spec"), "matchingPrecedence") ?? 0;
  // Sorting keeps the order of names among those of one precedence.
  return objects.toSorted((a, b) => precedence(a) - precedence(b));
}

function rowOf(
  object: JsonObject,
  readCells: (object: JsonObject, nowMs: number) => JsonValue[],
  resource: TableResource,
  options: { readonly nowMs: number; readonly includeObject: string },
): JsonObject {
  const conditions = resource.storageKey === "/pods" ? podRowConditions(object) : undefined;
  return {
    cells: readCells(object, options.nowMs),
    ...(conditions === undefined ? {} : { conditions }),
    object: includedObject(object, options.includeObject),
  };
}

function includedObject(object: JsonObject, includeObject: string): JsonObject | null {
  if (includeObject === "None") return null;
  return includeObject === "Object" ? object : partialMetadata(object);
}

interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

interface Columns {
  readonly definitions: readonly ColumnDefinition[];
  readonly readCells: (object: JsonObject, nowMs: number) => JsonValue[];
}

const nameColumn: ColumnDefinition = { name: "Name", type: "string", format: "name", priority: 0 };

const readName: CellReader = (object) => (object["metadata"] as JsonObject)["name"] ?? "";
const readAge: CellReader = (object, nowMs) => ageOf(createdAt(object), nowMs);
const shared: Readonly<Record<string, CellReader>> = {
  Name: readName,
  Age: readAge,
  "Created At": (object) => createdAt(object),
};

function customColumns(columns: readonly PrinterColumn[]): Columns {
  const compiled = compilePrinterColumns(columns);
  return {
    definitions: [
      nameColumn,
      ...columns.map(({ name, type, format = "", priority = 0 }) => ({
        name,
        type,
        format,
        priority,
      })),
    ],
    readCells: (object, nowMs) => [
      readName(object, nowMs),
      ...printerColumnCells(compiled, object, nowMs),
    ],
  };
}

const ageColumn: ColumnDefinition = { name: "Age", type: "string", format: "", priority: 0 };

function builtInColumns(resource: TableResource): Columns {
  const definitions = resource.columns.length === 0 ? [nameColumn, ageColumn] : resource.columns;
  const cells = cellsOf(resource.storageKey) ?? {};
  const readers = definitions.map(({ name }) => cells[name] ?? shared[name] ?? unknownCell);
  // The real server gives an age that it has no column for.
  if (resource.storageKey === "networking.k8s.io/ipaddresses") readers.push(readAge);
  return {
    definitions,
    readCells: (object, nowMs) => {
      const hub = inHubVersion(object, resource);
      return readers.map((read) => read(hub, nowMs));
    },
  };
}

const unknownCell: CellReader = () => "<none>";
