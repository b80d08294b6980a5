import type { JsonObject } from "../schema/json.js";

/** How many characters of texts are kept, twice at most: as many again are those that were asked for before. */
const KEPT_CHARACTERS = 4 * 1024 * 1024;

/**
 * JSON texts of stored objects, which never change: an object that is got, listed and watched is written once. Those that
 * nobody has asked for in a while are let go, so that the texts stay small beside the objects.
 */
export class JsonTexts {
  #recent = new Map<JsonObject, string>();
  #earlier = new Map<JsonObject, string>();
  #characters = 0;

  /** @param object one that is never changed from now on. */
  of(object: JsonObject): string {
    const recent = this.#recent.get(object);
    if (recent !== undefined) return recent;
    const text = this.#earlier.get(object) ?? JSON.stringify(object);
    if (text.length > KEPT_CHARACTERS) return text;
    if (this.#characters + text.length > KEPT_CHARACTERS) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#characters = 0;
    }
    this.#recent.set(object, text);
    this.#characters += text.length;
    return text;
  }

  /** The text of an object without its `kind` and `apiVersion`, as an item of a list has it. */
  ofItem(object: JsonObject): string {
    const text = this.of(object);
    // So begins what the server has shaped; anything else, a text to be escaped included, is written anew.
    const head = `{"kind":"${String(object["kind"])}","apiVersion":"${String(object["apiVersion"])}",`;
    if (text.startsWith(head)) return `{${text.slice(head.length)}`;
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
    return JSON.stringify(rest);
  }
}
