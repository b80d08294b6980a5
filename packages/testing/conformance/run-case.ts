import { decodeKubernetesProtobuf } from "../src/protobuf/kubernetes-protobuf.js";
import { ProtobufError } from "../src/protobuf/protobuf-error.js";
import type { Answer, ConformanceCase, Step, Topic } from "./case.js";
import { normaliseAnswers } from "./normalise.js";
import { sendByHttp2 } from "./send-by-http2.js";
import { sendToTarget, type RawAnswer, type Target } from "./target.js";

const COMPARED_HEADERS = ["content-type", "warning", "retry-after", "location", "www-authenticate"];
const UNTIL_ATTEMPTS = 200;
const UNTIL_INTERVAL_MS = 50;

/**
 * Runs the steps of a case in a fresh namespace; the normalised answers. Each `repetition` has names of its own, which the
 * answers do not show.
 */
export async function runCase(
  target: Target,
  topic: Topic,
  { name, namespace, steps }: ConformanceCase,
  repetition = 0,
): Promise<Answer[]> {
  const ownId = caseId(topic.name, name);
  const id = repetition === 0 ? ownId : `${ownId.slice(0, -2)}r${repetition}`;
  const variables: Record<string, string> = { ...target.variables, ns: id, id };
  if (namespace !== false) {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: id } };
    const path = "/api/v1/namespaces";
    await runStep(target, { method: "POST", path, body, quiet: true }, variables, []);
  }
  const answers: Answer[] = [];
  for (const step of steps) {
    await runStep(target, step, variables, answers);
  }
  const normalised = normaliseAnswers(answers);
  if (id === ownId) return normalised;
  return JSON.parse(JSON.stringify(normalised).replaceAll(id, ownId)) as Answer[];
}

/** A DNS label that stays the same when cases are added. */
export function caseId(topic: string, name: string): string {
  const label = `${topic}-${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return label.slice(0, 44).replaceAll(/^-+|-+$/g, "");
}

async function runStep(
  target: Target,
  step: Step,
  variables: Record<string, string>,
  answers: Answer[],
): Promise<void> {
  const method = step.method ?? "GET";
  const path = fill(step.path, variables) + queryOf(step, variables);
  const during: Answer[] = [];
  const sendBy = step.protocol === "HTTP/2" ? sendByHttp2 : sendToTarget;
  const send = (): Promise<RawAnswer> =>
    sendBy(target, {
      method,
      path,
      headers: headersOf(target, step, variables),
      body: bodyOf(step, variables),
      lines: step.events,
      onOpen:
        step.during === undefined
          ? undefined
          : async () => {
              for (const inner of step.during ?? []) {
                await runStep(target, inner, variables, during);
              }
            },
    });
  let raw = await send();
  let body = parseBody(raw, step.events !== undefined);
  for (let attempt = 1; step.until !== undefined && attempt < UNTIL_ATTEMPTS; attempt++) {
    if (step.until(body as never, raw.status)) break;
    await new Promise((resolve) => setTimeout(resolve, UNTIL_INTERVAL_MS));
    raw = await send();
    body = parseBody(raw, step.events !== undefined);
  }
  for (const [variable, bodyPath] of Object.entries(step.capture ?? {})) {
    variables[variable] = String(valueAt(body, bodyPath));
  }
  for (const [variable, header] of Object.entries(step.captureHeaders ?? {})) {
    variables[variable] = String(raw.headers[header]);
  }
  // A preparation that was refused would make the rest of the case worthless: it shows.
  if (step.quiet === true && raw.status < 400) return;
  answers.push(...during, {
    request: `${method} ${fill(step.path, variables)}`,
    status: raw.status,
    headers: comparedHeaders(raw, step.comparedHeaders),
    body: step.select === undefined ? body : select(step.select, body),
  });
}

/** A wrong answer may lack what the selection takes for granted: that is a difference, not a broken case. */
function select(pick: (body: never) => unknown, body: unknown): unknown {
  try {
    // As a recording would hold it.
    return JSON.parse(JSON.stringify(pick(body as never) ?? null)) as unknown;
  } catch {
    return body;
  }
}

function fill(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

function fillDeep(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return fill(value, variables);
  if (Array.isArray(value)) return value.map((item) => fillDeep(item, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fill(key, variables), fillDeep(item, variables)]),
  );
}

function queryOf(step: Step, variables: Readonly<Record<string, string>>): string {
  if (step.query === undefined) return "";
  const entries = Object.entries(step.query).map(([key, value]): [string, string] => [
    key,
    fill(value, variables),
  ]);
  return `?${new URLSearchParams(entries).toString()}`;
}

function headersOf(
  target: Target,
  step: Step,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": "conformance",
  };
  const { as } = step;
  if (as === "stranger") headers["authorization"] = "Bearer not-a-token";
  else if (as !== "nobody" && target.authorization !== undefined) {
    headers["authorization"] = target.authorization;
  }
  if (typeof as === "object") headers["impersonate-user"] = fill(as.user, variables);
  if (typeof as === "object" && as.groups?.[0] !== undefined) {
    headers["impersonate-group"] = as.groups[0];
  }
  if (step.body !== undefined) headers["content-type"] = step.contentType ?? "application/json";
  for (const [key, value] of Object.entries(step.headers ?? {})) {
    headers[key.toLowerCase()] = fill(value, variables);
  }
  return headers;
}

function bodyOf(
  step: Step,
  variables: Readonly<Record<string, string>>,
): string | Uint8Array | undefined {
  if (step.body === undefined || step.body instanceof Uint8Array) return step.body;
  if (typeof step.body === "function") return (step.body as () => Uint8Array)();
  return typeof step.body === "string"
    ? fill(step.body, variables)
    : JSON.stringify(fillDeep(step.body, variables));
}

export function parseBody(raw: RawAnswer, isWatch: boolean): unknown {
  const contentType = String(raw.headers["content-type"] ?? "");
  if (contentType.includes("kubernetes.protobuf")) return decodeBody(raw.body);
  const text = raw.body.toString("utf8");
  try {
    if (isWatch && raw.status === 200) {
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as unknown);
    }
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Some answers of the real server, such as discovery, are of kinds that only it can read. */
function decodeBody(bytes: Uint8Array): unknown {
  try {
    return decodeKubernetesProtobuf(bytes).object;
  } catch (error) {
    return ProtobufError.isInstance(error) ? "protobuf of another kind" : String(error);
  }
}

export function comparedHeaders(
  raw: RawAnswer,
  further: readonly string[] = [],
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of [...COMPARED_HEADERS, ":protocol", ...further]) {
    const value = raw.headers[name];
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
}

function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split(".")) {
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return value;
}
