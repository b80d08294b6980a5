import { WIRE } from "../protobuf/wire-reader.js";
import { WireWriter } from "../protobuf/wire-writer.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import {
  type DocumentField,
  type DocumentLayout,
  EXTENSIONS,
  ITSELF,
  OTHERS,
} from "./document-layout.js";
import { openApiV2Layout, openApiV3Layout } from "./document-layouts.js";
import { goYaml } from "./go-yaml.js";

const YAML_FIELD = 2;

/** A document of `/openapi/v2` or `/openapi/v3` in gnostic's protobuf, which client-go and kubectl ask for. */
export function encodeOpenApi(document: JsonObject, version: "v2" | "v3"): Uint8Array {
  const layout = version === "v2" ? openApiV2Layout() : openApiV3Layout();
  const encoder = new DocumentEncoder(layout);
  encoder.writeShape("Document", document);
  return encoder.writer.finish();
}

/** Writes from the last byte to the first, as its writer does. */
class DocumentEncoder {
  readonly writer = new WireWriter();
  readonly #layout: DocumentLayout;
  /** The same few values stand in a document thousands of times. */
  readonly #yaml = new Map<string, string>();

  constructor(layout: DocumentLayout) {
    this.#layout = layout;
  }

  /** A message's content, without its length. */
  writeShape(shape: string, value: JsonValue): void {
    const form = this.#layout.get(shape);
    if (form === undefined) throw new TypeError(`No message ${shape} is known.`);
    if (typeof form === "function") {
      const chosen = form(value);
      if (chosen !== undefined) this.#writeValue(...chosen, value, true);
      return;
    }
    const taken = new Set(form.map(({ key }) => key));
    for (const field of form) this.#writeField(field, value, taken);
  }

  #writeField(field: DocumentField, value: JsonValue, taken: ReadonlySet<string>): void {
    const { key, number, shape, isRepeated } = field;
    if (key === ITSELF) {
      this.#writeItems(number, shape, Array.isArray(value) ? value : [value]);
      return;
    }
    if (!isJsonObject(value)) return;
    if (key === EXTENSIONS) {
      const names = Object.keys(value).filter((name) => name.startsWith(EXTENSIONS));
      this.#writeNamed(number, "any", names, value);
      return;
    }
    if (key === OTHERS) {
      const hasExtensions = taken.has(EXTENSIONS);
      const names = Object.keys(value).filter(
        (name) => !taken.has(name) && !(hasExtensions && name.startsWith(EXTENSIONS)),
      );
      this.#writeNamed(number, shape, names, value);
      return;
    }
    const part = Object.hasOwn(value, key) ? value[key] : undefined;
    if (part === undefined || part === null) return;
    if (isRepeated) this.#writeItems(number, shape, Array.isArray(part) ? part : []);
    else this.#writeValue(number, shape, part, false);
  }

  #writeItems(number: number, shape: string, items: readonly JsonValue[]): void {
    for (const item of items.toReversed()) this.#writeValue(number, shape, item, true);
  }

  /** A map: messages of a name and a value. */
  #writeNamed(number: number, shape: string, names: readonly string[], object: JsonObject): void {
    for (const name of names.toReversed()) {
      const end = this.writer.length;
      this.#writeValue(2, shape, object[name] ?? null, false);
      this.#writeValue(1, "string", name, false);
      this.#close(number, end);
    }
  }

  /** Outside lists and choices, zero values are not written. */
  #writeValue(number: number, shape: string, value: JsonValue, isExplicit: boolean): void {
    const { writer } = this;
    switch (shape) {
      case "string":
        if (typeof value !== "string" || (value === "" && !isExplicit)) return;
        writer.string(value);
        writer.tag(number, WIRE.bytes);
        return;
      case "bool":
        if (value !== true && !isExplicit) return;
        writer.varint(value === true ? 1 : 0);
        writer.tag(number, WIRE.varint);
        return;
      case "int":
        if (typeof value !== "number" || (value === 0 && !isExplicit)) return;
        writer.varint(Math.trunc(value));
        writer.tag(number, WIRE.varint);
        return;
      case "double":
        if (typeof value !== "number" || (value === 0 && !isExplicit)) return;
        writer.double(value);
        writer.tag(number, WIRE.fixed64);
        return;
      default: {
        const end = writer.length;
        if (shape === "any") this.#writeValue(YAML_FIELD, "string", this.#yamlOf(value), false);
        else this.writeShape(shape, value);
        this.#close(number, end);
      }
    }
  }

  #close(number: number, end: number): void {
    this.writer.varint(this.writer.length - end);
    this.writer.tag(number, WIRE.bytes);
  }

  #yamlOf(value: JsonValue): string {
    const key = JSON.stringify(value);
    const known = this.#yaml.get(key);
    if (known !== undefined) return known;
    const text = goYaml(value);
    this.#yaml.set(key, text);
    return text;
  }
}
