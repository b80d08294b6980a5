import { load } from "js-yaml";

import type { Answer } from "../case.js";
import { normaliseAnswers } from "../normalise.js";
import { comparedHeaders, parseBody } from "../run-case.js";
import { type RawAnswer, sendToTarget, type Target } from "../target.js";
import type { FuzzRequest } from "./fuzz-request.js";
import { definitions, NAMESPACE } from "./world.js";

/** Sends a request as the administrator; the normalised answer. */
export async function sendFuzz(target: Target, request: FuzzRequest): Promise<Answer> {
  const { method, path, body, headers } = request;
  const raw = await sendToTarget(target, {
    method,
    path,
    headers: {
      accept: "application/json",
      "user-agent": "fuzz",
      authorization: target.authorization ?? "",
      ...headers,
    },
    body,
    isEndless: (status) => status === 200 && isWatch(request),
  });
  const answer = {
    request: `${method} ${path}`,
    status: raw.status,
    headers: comparedHeaders(raw),
    body: comparedBody(request, raw),
  };
  const [normalised = answer] = normaliseAnswers([answer]);
  return normalised;
}

/** A refused patch shows the document that came of it, and says some things twice: neither is what is fuzzed. */
function withoutDocument(body: unknown): unknown {
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (key === "causes" && Array.isArray(value))
      return value.filter((each, index) => index === value.findIndex((it) => isSame(it, each)));
    return key === "message" && typeof value === "string"
      ? value.replace(/Invalid value: "(?:[^"\\]|\\.)*": /s, "Invalid value: ")
      : value;
  });
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

const isSame = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/**
 * The real server walks the properties of a schema in an order of the moment: causes count as a set, and the message
 * repeats them. The value of a list of schemas it shows as Go holds it, and its compiler of rules has words of its own.
 */
function inAnyOrder(body: unknown): unknown {
  const status = body as { details?: { causes?: unknown[] } };
  const causes = (status.details?.causes ?? []).map((cause) =>
    JSON.stringify(cause)
      .replace(/(Invalid value: ).*(: must only have a single schema)/, "$1$2")
      .replace(/(compilation failed: ).*(?=","field")/, "$1"),
  );
  return { ...status, message: "", details: { ...status.details, causes: causes.toSorted() } };
}

/** Outside the namespace of the fuzz servers hold more than what the fuzz has made. */
function comparedBody({ method, path }: FuzzRequest, raw: RawAnswer): unknown {
  // How a YAML text is laid out is not what is fuzzed.
  const isYaml = raw.headers["content-type"] === "application/yaml";
  const body = isYaml ? load(raw.body.toString()) : parseBody(raw, false);
  if (method === "PATCH" && raw.status === 422) return withoutDocument(body);
  if (path.startsWith(definitions) && raw.status === 422) return inAnyOrder(body);
  if (raw.status >= 300 || path.includes(`/namespaces/${NAMESPACE}/`)) return body;
  if (body === null || typeof body !== "object") return "text";
  return { kind: (body as { kind?: unknown }).kind };
}

/** Whether the answer may have no end: a watch is judged by its head alone. */
function isWatch({ method, path }: FuzzRequest): boolean {
  return method === "GET" && /\/watch\/|[?&](watch|follow)/i.test(decodeURISafely(path));
}

function decodeURISafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
