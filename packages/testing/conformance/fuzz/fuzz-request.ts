import fc from "fast-check";

/** One whole request, as it leaves. */
export interface FuzzRequest {
  readonly method: string;
  /** With its query, escaped or not. */
  readonly path: string;
  /** Names in lower case. Default: `accept: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

const SHOWN_BYTES = 2000;

/** A request that a counterexample shows as a person would write it down. */
export function shownRequest(request: FuzzRequest): FuzzRequest {
  return Object.defineProperty({ ...request }, fc.toStringMethod, {
    value: () => describeRequest(request),
  });
}

export function describeRequest({ method, path, headers = {}, body }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return [`${method} ${path}`, ...lines, ...(body === undefined ? [] : [describeBody(body)])].join(
    "\n",
  );
}

/** Bytes as Latin-1, so that what is no UTF-8 shows too. */
function describeBody(body: Uint8Array): string {
  const shown = Buffer.from(body.subarray(0, SHOWN_BYTES));
  const text = shown.toString("utf8").includes("\uFFFD") ? "latin1" : "utf8";
  const rest = body.length > SHOWN_BYTES ? ` ... ${body.length} bytes` : "";
  return `${JSON.stringify(shown.toString(text))}${rest}`;
}
