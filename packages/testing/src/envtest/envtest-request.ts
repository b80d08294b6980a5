import { request } from "node:https";

export interface EnvtestRequest {
  readonly url: string;
  readonly path: string;
  readonly method?: string | undefined;
  readonly caPem: string;
  readonly token: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

/** One request of the launcher itself (readiness, CRDs), on a connection of its own. */
export function sendEnvtestRequest(
  options: EnvtestRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const outgoing = request(
      `${options.url}${options.path}`,
      {
        method: options.method ?? "GET",
        agent: false,
        ca: options.caPem,
        timeout: options.timeoutMs,
        headers: {
          authorization: `Bearer ${options.token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("the API server did not answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
