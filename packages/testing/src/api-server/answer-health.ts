import type { ApiRequest, ApiResponse } from "./api-request.js";
import { NOT_FOUND } from "./not-found.js";

/** Checks of the real server that mean something here: all hold as long as the server answers. */
const CHECKS = [
  "ping",
  "log",
  "etcd",
  "informer-sync",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/start-system-namespaces-controller",
  "poststarthook/rbac/bootstrap-roles",
  "shutdown",
];

/** Answers `/healthz`, `/livez` and `/readyz`, whole or check by check. */
export function answerHealth({ path, query }: ApiRequest): ApiResponse {
  const [name = "", ...rest] = path;
  const check = rest.join("/");
  if (check !== "") return CHECKS.includes(check) ? ok("ok") : NOT_FOUND;
  if (query.get("verbose") === null) return ok("ok");
  const excluded = query.getAll("exclude");
  const lines = CHECKS.map((each) =>
    excluded.includes(each) ? `[+]${each} excluded: ok` : `[+]${each} ok`,
  );
  return ok(`${lines.join("\n")}\n${name} check passed\n`);
}

function ok(body: string): ApiResponse {
  return { type: "text", status: 200, body };
}
