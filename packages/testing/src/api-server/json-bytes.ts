import type { JsonObject } from "../schema/json.js";
import { goJsonText } from "./go-json-text.js";
import { BufferPool, type PooledBytes } from "./buffer-pool.js";

/** How many bytes are kept, twice at most: as many again are those that were asked for before. */
const KEPT_BYTES = 4 * 1024 * 1024;
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;

/** An object as JSON, with a newline at its end. */
interface Written {
  readonly bytes: Buffer;
  /** Where its fields begin after `kind` and `apiVersion`; 0 when those are not the first. */
  readonly fieldsAt: number;
}

/**
 * The JSON of stored objects, which never change: an object that is got, listed and watched is written once. What nobody has
 * asked for in a while is let go, so that the bytes stay few beside the objects.
 */
export class JsonBytes {
  #recent = new Map<JsonObject, Written>();
  #earlier = new Map<JsonObject, Written>();
  #size = 0;
  readonly #lists = new BufferPool();

  /** The object with a newline at its end. @param object one that is never changed from now on. */
  of(object: JsonObject): Buffer {
    return this.#written(object).bytes;
  }

  /**
   * A list with a newline at its end, to be released once it has been sent.
   *
   * @param options.hasTypes Whether items have `kind` and `apiVersion`.
   */
  list(
    { apiVersion = "", kind = "", metadata = {} }: JsonObject,
    objects: readonly JsonObject[],
    options: { readonly hasTypes: boolean },
  ): PooledBytes {
    const version = `"apiVersion":${JSON.stringify(apiVersion)}`;
    const type = `"kind":${JSON.stringify(kind)}`;
    const about = `"metadata":${JSON.stringify(metadata)}`;
    // Lists of custom kinds, whose items alone have types, have their fields by name.
    const head = Buffer.from(
      options.hasTypes ? `{${version},"items":[` : `{${type},${version},${about},"items":[`,
    );
    const tail = Buffer.from(options.hasTypes ? `],${type},${about}}\n` : "]}\n");
    const items = objects.map((object) =>
      options.hasTypes ? { bytes: this.of(object), fieldsAt: 0 } : this.#item(object),
    );
    // Each item has a comma in place of its newline: one too many, and an opening brace of its own at most.
    let size = head.length + tail.length + items.length;
    for (const { bytes } of items) size += bytes.length;
    const list = this.#lists.take(size);
    let at = head.copy(list.bytes);
    for (const { bytes, fieldsAt } of items) {
      if (fieldsAt > 0) list.bytes[at++] = OPENING_BRACE;
      at += bytes.copy(list.bytes, at, fieldsAt);
      list.bytes[at - 1] = COMMA;
    }
    if (items.length > 0) at -= 1;
    at += tail.copy(list.bytes, at);
    return { bytes: list.bytes.subarray(0, at), release: list.release };
  }

  /** What is written so that its end from `fieldsAt` on, after an opening brace, is the object without its type. */
  #item(object: JsonObject): Written {
    const written = this.#written(object);
    if (written.fieldsAt > 0) return written;
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
    return { bytes: Buffer.from(`${goJsonText(rest)}\n`), fieldsAt: 0 };
  }

  #written(object: JsonObject): Written {
    const recent = this.#recent.get(object);
    if (recent !== undefined) return recent;
    const written = this.#earlier.get(object) ?? write(object);
    const { length } = written.bytes;
    if (length > KEPT_BYTES) return written;
    if (this.#size + length > KEPT_BYTES) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#size = 0;
    }
    this.#recent.set(object, written);
    this.#size += length;
    return written;
  }
}

function write(object: JsonObject): Written {
  const text = goJsonText(object);
  // So begins what the server has shaped; anything else, a text to be escaped included, has no type to be left out.
  const type = `{"kind":"${String(object["kind"])}","apiVersion":"${String(object["apiVersion"])}",`;
  const fieldsAt = text.startsWith(type) ? Buffer.byteLength(type) : 0;
  return { bytes: Buffer.from(`${text}\n`), fieldsAt };
}
