import { readBuiltInData } from "../built-in/built-in-data.js";
import type { MessageField, MessageLayout, ScalarType } from "./protobuf-layout.js";

/** What `data/go-types.json.br` holds: as a real kube-apiserver names types when a field has a value of another one. */
interface GoTypesData {
  /** Package (`v1`) -> the messages that it declares. */
  readonly packages: Readonly<Record<string, readonly number[]>>;
  /** Message -> JSON name -> the types of the field and of its items, where they have a name of their own. */
  readonly fields: Readonly<
    Record<string, Readonly<Record<string, readonly [type: string | null, item?: string]>>>
  >;
}

const SCALARS: Readonly<Record<ScalarType, string>> = {
  s: "string",
  b: "bool",
  i: "int32",
  l: "int64",
  d: "float64",
  y: "[]uint8",
};

/** Names of Go's types, as messages about wrong types have them. */
export interface GoTypeNames {
  /** Of a field: `v1.RestartPolicy`, `[]v1.Container`. @param version the package of a message that the data does not know. */
  ofField(owner: MessageLayout, field: MessageField, version: string): string;
  /** Of one value of a list or a map. */
  ofItem(owner: MessageLayout, field: MessageField, version: string): string;
}

let names: GoTypeNames | undefined;

/** Read when the first wrong type is met. */
export function goTypeNames(): GoTypeNames {
  return (names ??= makeNames(readBuiltInData("go-types.json.br") as GoTypesData));
}

function makeNames({ packages, fields }: GoTypesData): GoTypeNames {
  const packageOf = new Map(
    Object.entries(packages).flatMap(([name, messages]) =>
      messages.map((message) => [message, name] as const),
    ),
  );
  const given = ({ index }: MessageLayout, { jsonName }: MessageField) => {
    const known = fields[String(index)];
    return known !== undefined && Object.hasOwn(known, jsonName) ? known[jsonName] : undefined;
  };
  const plain = ({ type }: MessageField, version: string): string =>
    typeof type === "string"
      ? SCALARS[type]
      : `${packageOf.get(type.index) ?? version}.${type.name}`;
  const ofItem: GoTypeNames["ofItem"] = (owner, field, version) =>
    given(owner, field)?.[1] ?? plain(field, version);
  return {
    ofItem,
    ofField: (owner, field, version) => {
      const item = plain(field, version);
      const type = field.isMap ? `map[string]${item}` : field.isRepeated ? `[]${item}` : item;
      return given(owner, field)?.[0] ?? type;
    },
  };
}
