import { readBuiltInData } from "../built-in/built-in-data.js";

/** string, bool, int32, int64, double, bytes. */
export type ScalarType = "s" | "b" | "i" | "l" | "d" | "y";

const LEAF_FORMS = [
  "Time",
  "MicroTime",
  "Duration",
  "FieldsV1",
  "Quantity",
  "IntOrString",
  "RawExtension",
  "JSON",
] as const;

/** Messages whose JSON is a single value, or any JSON. */
export type LeafForm = (typeof LEAF_FORMS)[number];

/** Messages whose JSON is that of one of their fields. */
export type ChoiceForm = "SchemaOrBool" | "SchemaOrArray" | "SchemaOrStrings" | "Items";

/** One field of a message: where it is on the wire, and how Go's `encoding/json` writes it. */
export interface MessageField {
  readonly number: number;
  readonly jsonName: string;
  /** The Go name: the real server's messages use it. */
  readonly goName: string;
  readonly type: ScalarType | MessageLayout;
  /** The Go field is a pointer: absent and zero are told apart. */
  readonly isPointer: boolean;
  readonly isRepeated: boolean;
  /** Keys are always strings. */
  readonly isMap: boolean;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  /** In JSON the message's fields stand among those of the message around it. */
  readonly isInline: boolean;
}

export interface MessageLayout {
  readonly name: string;
  /** Its place in the data, by which other data speaks of it. */
  readonly index: number;
  /** An object of its own, which may stand inside another one with its `kind` and `apiVersion`. */
  readonly isKind: boolean;
  readonly leaf: LeafForm | undefined;
  readonly choice: ChoiceForm | undefined;
  /** In the order of the Go structure, which is the order of its JSON. */
  readonly fields: readonly MessageField[];
  /** Every key that its JSON may have. */
  readonly jsonNames: ReadonlySet<string>;
  readonly indexByNumber: ReadonlyMap<number, number>;
  /** Highest number first: the order for {@link WireWriter}. */
  readonly fieldsDescending: readonly MessageField[];
}

/** What `data/protobuf.json.br` holds: made from the struct tags of k8s.io/api, apimachinery and apiextensions-apiserver v0.37. */
interface LayoutData {
  readonly kinds: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly types: readonly {
    readonly n: string;
    readonly s?: LeafForm | ChoiceForm;
    readonly f: readonly (readonly [
      number: number,
      jsonName: string,
      type: ScalarType | number,
      flags: number,
      goName?: string,
    ])[];
  }[];
}

const FLAG = { pointer: 1, repeated: 2, map: 4, omitEmpty: 8, omitZero: 16, inline: 32 } as const;

/** Every API group has these kinds; their layout is the same in all. */
const META_KINDS = new Set([
  "CreateOptions",
  "DeleteOptions",
  "GetOptions",
  "ListOptions",
  "PatchOptions",
  "UpdateOptions",
  "WatchEvent",
]);

/** The wire layouts of the built-in kinds. */
export class ProtobufLayout {
  readonly #data: LayoutData;
  readonly #kinds: ReadonlySet<number>;
  readonly #messages = new Map<number, MessageLayout>();

  constructor(data: unknown = readBuiltInData("protobuf.json.br")) {
    this.#data = data as LayoutData;
    this.#kinds = new Set(Object.values(this.#data.kinds).flatMap((kinds) => Object.values(kinds)));
  }

  /** Undefined for a kind without a protobuf form: custom resources, `Table`. */
  findKind(apiVersion: string, kind: string): MessageLayout | undefined {
    const { kinds } = this.#data;
    const owner = META_KINDS.has(kind)
      ? "v1"
      : apiVersion === "meta.k8s.io/v1beta1"
        ? "meta.k8s.io/v1"
        : apiVersion;
    const index = Object.hasOwn(kinds, owner) ? ownValue(kinds[owner], kind) : undefined;
    return index === undefined ? undefined : this.#message(index);
  }

  #message(index: number): MessageLayout {
    const known = this.#messages.get(index);
    if (known !== undefined) return known;
    const source = this.#data.types[index];
    if (source === undefined)
      throw new Error(`The protobuf layout has no message ${index}: reinstall @kvop/testing.`);
    const fields: MessageField[] = [];
    const fieldsDescending: MessageField[] = [];
    const indexByNumber = new Map<number, number>();
    const message = {
      name: source.n,
      index,
      isKind: this.#kinds.has(index),
      ...formOf(source.s),
      fields,
      jsonNames: new Set<string>(),
      fieldsDescending,
      indexByNumber,
    };
    // Before its fields are made: messages refer to one another in circles.
    this.#messages.set(index, message);
    for (const [number, jsonName, type, flags, goName] of source.f) {
      indexByNumber.set(number, fields.length);
      fields.push({
        number,
        jsonName,
        goName: goName ?? jsonName.charAt(0).toUpperCase() + jsonName.slice(1),
        type: typeof type === "number" ? this.#message(type) : type,
        isPointer: (flags & FLAG.pointer) !== 0,
        isRepeated: (flags & FLAG.repeated) !== 0,
        isMap: (flags & FLAG.map) !== 0,
        omitEmpty: (flags & FLAG.omitEmpty) !== 0,
        omitZero: (flags & FLAG.omitZero) !== 0,
        isInline: (flags & FLAG.inline) !== 0,
      });
    }
    for (const name of jsonNamesOf(message)) message.jsonNames.add(name);
    fieldsDescending.push(...fields.toSorted((a, b) => b.number - a.number));
    return message;
  }
}

function jsonNamesOf({ isKind, fields }: Pick<MessageLayout, "isKind" | "fields">): string[] {
  const names = fields.flatMap(({ jsonName, isInline, type }) =>
    isInline && typeof type === "object" ? [...type.jsonNames] : [jsonName],
  );
  return isKind ? ["kind", "apiVersion", ...names] : names;
}

/** The layouts of the package's data, read at the first use. */
export const builtInLayout = lazily(() => new ProtobufLayout());

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function ownValue(
  record: Readonly<Record<string, number>> | undefined,
  key: string,
): number | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function formOf(form: LeafForm | ChoiceForm | undefined): Pick<MessageLayout, "leaf" | "choice"> {
  const leaf = LEAF_FORMS.find((candidate) => candidate === form);
  return { leaf, choice: leaf === undefined ? (form as ChoiceForm | undefined) : undefined };
}
