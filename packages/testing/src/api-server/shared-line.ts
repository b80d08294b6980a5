import type { StoreEvent } from "../store/object-store.js";
import type { JsonObject } from "../schema/json.js";
import type { WatchLine } from "./api-request.js";
import type { JsonBytes } from "./json-bytes.js";
import type { ServedResource } from "./resource-registry.js";

/** A line that many watches get: its bytes are made once. Its object is one that never changes. */
export class SharedLine implements WatchLine {
  readonly type: WatchLine["type"];
  readonly object: JsonObject;
  readonly #bytes: JsonBytes;
  #json: Uint8Array | undefined;
  #protobuf: Uint8Array | undefined;

  constructor(type: WatchLine["type"], object: JsonObject, bytes: JsonBytes) {
    this.type = type;
    this.object = object;
    this.#bytes = bytes;
  }

  json(): Uint8Array {
    return (this.#json ??= Buffer.concat([
      Buffer.from(`{"type":"${this.type}","object":`),
      this.#bytes.of(this.object).subarray(0, -1),
      Buffer.from("}\n"),
    ]));
  }

  protobuf(encode: (line: WatchLine) => Uint8Array): Uint8Array {
    return (this.#protobuf ??= encode(this));
  }
}

/** The lines of the change that is being told of: all watches are told of one before the next. */
export class SharedLines {
  readonly #bytes: JsonBytes;
  #event: StoreEvent | undefined;
  #lines: { readonly resource: ServedResource; readonly line: SharedLine }[] = [];

  constructor(bytes: JsonBytes) {
    this.#bytes = bytes;
  }

  /** @param object as the resource's version serves it after the event; asked for when no watch had this line yet. */
  of(
    event: StoreEvent,
    resource: ServedResource,
    type: WatchLine["type"],
    object: () => JsonObject,
  ): SharedLine {
    if (this.#event !== event) {
      this.#event = event;
      this.#lines = [];
    }
    const known = this.#lines.find((each) => each.resource === resource && each.line.type === type);
    if (known !== undefined) return known.line;
    const line = new SharedLine(type, object(), this.#bytes);
    this.#lines.push({ resource, line });
    return line;
  }
}
