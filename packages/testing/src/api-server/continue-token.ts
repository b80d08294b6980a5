import { posix } from "node:path";
import { goJsonKind } from "../patch/go-json-kind.js";
import { isJsonObject, type JsonValue } from "../schema/json.js";
import { jsonProblem } from "./parse-body.js";
import { refuse } from "./refusal.js";

/** Where a list goes on. */
export interface ContinueToken {
  /** Negative: at the version that is the last when the token is used. */
  readonly version: number;
  readonly start: string;
}

const VERSION = "meta.k8s.io/v1";

export function writeContinueToken({ version, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: version, start })).toString("base64url");
}

/** @throws ApiError BadRequest in the words of the real server. */
export function readContinueToken(text: string): ContinueToken {
  const bytes = decodeBase64(text);
  let value: JsonValue;
  try {
    value = JSON.parse(bytes.toString("utf8")) as JsonValue;
  } catch {
    throw notValid(jsonProblem(bytes) ?? "");
  }
  const token = isJsonObject(value) ? value : {};
  const { v, rv, start } = token;
  const problem =
    value === null || isJsonObject(value)
      ? typeProblem(token)
      : `json: cannot unmarshal ${goJsonKind(value)} into Go value of type storage.continueToken`;
  if (problem !== undefined) throw notValid(problem);
  if (v !== VERSION)
    throw notValid(`server does not recognize this encoded version ${String(v ?? "")}`);
  if ((rv ?? 0) === 0)
    throw notValid(`incorrect encoded start resourceVersion (version ${VERSION})`);
  if ((start ?? "") === "") throw notValid(`encoded start key empty (version ${VERSION})`);
  const key = String(start);
  const rooted = key.startsWith("/") ? key : `/${key}`;
  // A path that leads elsewhere would show what the list does not hold.
  if (cleanPath(rooted) !== rooted) throw notValid(key);
  return { version: Number(rv), start: key };
}

function typeProblem(token: Readonly<Record<string, JsonValue>>): string | undefined {
  for (const [key, value] of Object.entries(token)) {
    if (value === null || !["v", "rv", "start"].includes(key)) continue;
    const type = key === "rv" ? "int64" : "string";
    const isFit = key === "rv" ? Number.isInteger(value) : typeof value === "string";
    if (isFit) continue;
    const kind = key === "rv" && typeof value === "number" ? `number ${value}` : goJsonKind(value);
    return `json: cannot unmarshal ${kind} into Go struct field continueToken.${key} of type ${type}`;
  }
  return undefined;
}

/** As Go's path.Clean: no slash at the end. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

/** Base64 of URLs without padding, as strictly as Go reads it. */
function decodeBase64(text: string): Buffer {
  const bad = /[^\w-]/.exec(text);
  const at =
    bad !== null
      ? Buffer.byteLength(text.slice(0, bad.index))
      : text.length % 4 === 1
        ? text.length - 1
        : undefined;
  if (at !== undefined) throw notValid(`illegal base64 data at input byte ${at}`);
  return Buffer.from(text, "base64url");
}

function notValid(problem: string) {
  return refuse.badRequest(`invalid continue token: continue key is not valid: ${problem}`);
}
