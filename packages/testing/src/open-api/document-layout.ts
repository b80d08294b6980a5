import type { JsonValue } from "../schema/json.js";

/** A field of a message of an OpenAPI document. */
export interface DocumentField {
  readonly number: number;
  /** Its key in JSON; see {@link EXTENSIONS} and {@link OTHERS}. */
  readonly key: string;
  /** `string`, `bool`, `int`, `double`, `any`, or a message's name. */
  readonly shape: string;
  readonly isRepeated: boolean;
}

/** The alternative of a choice that a value is: the number and shape of its field. */
export type Choose = (value: JsonValue) => readonly [number: number, shape: string] | undefined;

/** The messages of one version of OpenAPI: their fields, the highest number first, or how one of them is chosen. */
export type DocumentLayout = ReadonlyMap<string, readonly DocumentField[] | Choose>;

/** Key of the field that takes the `x-` keys of an object, with their values as YAML. */
export const EXTENSIONS = "x-";
/** Key of the field that takes all keys of an object that no other field takes. */
export const OTHERS = "&";
/** Key of a field that takes the value itself, or each item of it. */
export const ITSELF = ".";

/**
 * Reads messages that are written as the keys of their fields in the order of the numbers, the first being 1: `key` is a
 * string, `key:shape` something else, `key*` a list. A `-` stands for a number that no Kubernetes API server uses.
 */
export function readDocumentLayout(
  messages: Readonly<Record<string, string | Choose>>,
): DocumentLayout {
  return new Map(
    Object.entries(messages).map(([name, fields]) => [
      name,
      typeof fields === "string" ? readFields(fields) : fields,
    ]),
  );
}

function readFields(text: string): readonly DocumentField[] {
  return text
    .split(" ")
    .map((word, index): DocumentField => {
      const isRepeated = word.endsWith("*");
      const [key = "", shape = "string"] = (isRepeated ? word.slice(0, -1) : word).split(":");
      return { number: index + 1, key, shape, isRepeated };
    })
    .filter(({ key }) => key !== "-")
    .toReversed();
}
