import { dump } from "js-yaml";
import {
  encodeKubernetesProtobuf,
  encodeWatchEventProtobuf,
} from "../protobuf/kubernetes-protobuf.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import type { ApiResponse, WatchLine } from "./api-request.js";
import { goJsonText } from "./go-json-text.js";
import type { Encoding } from "./negotiate.js";
import { SharedLine } from "./shared-line.js";

/** The bytes of an answer with their type. */
export interface EncodedAnswer {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Called when the body has left; it may change from then on. */
  readonly release?: (() => void) | undefined;
}

const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

/** Writes an answer as its client asked for it. */
export function encodeAnswer(
  answer: Exclude<ApiResponse, { readonly type: "watch" | "raw" }>,
): EncodedAnswer {
  if (answer.type === "text") {
    return { body: answer.body, contentType: answer.contentType ?? "text/plain; charset=utf-8" };
  }
  const encoding = answer.encoding ?? "json";
  const contentType = answer.headers?.["content-type"] ?? CONTENT_TYPES[encoding];
  const { written } = answer;
  const isWritten = encoding === "json" && answer.isPretty !== true && written?.of === answer.body;
  if (isWritten) {
    const { bytes, release } = written.bytes();
    return { body: bytes, contentType, release };
  }
  return { body: encodeBody(answer.body, encoding, answer.isPretty === true), contentType };
}

function encodeBody(body: JsonValue, encoding: Encoding, isPretty: boolean): string | Uint8Array {
  switch (encoding) {
    case "protobuf":
      return encodeKubernetesProtobuf(body as JsonObject);
    case "yaml":
      return dump(body, {
        sortKeys: true,
        noRefs: true,
        lineWidth: -1,
        seqNoIndent: true,
        quoteStyle: "double",
      });
    default:
      return isPretty ? goJsonText(body, 2) : `${goJsonText(body)}\n`;
  }
}

/** Type of the stream of a watch. */
export function watchContentType(encoding: Encoding): string {
  return encoding === "json" ? "application/json" : `${CONTENT_TYPES[encoding]};stream=watch`;
}

/** One event of a watch. */
export function encodeWatchLine(line: WatchLine, encoding: Encoding): string | Uint8Array {
  if (line instanceof SharedLine)
    return encoding === "protobuf" ? line.protobuf(encodeWatchEventProtobuf) : line.json();
  return encoding === "protobuf" ? encodeWatchEventProtobuf(line) : `${goJsonText({ ...line })}\n`;
}
