import fc from "fast-check";

import { shownRequest, type FuzzRequest } from "../fuzz-request.js";
import { GROUP, NAMESPACE } from "../world.js";

const root = fc.constantFrom("api", "apis", "API", "", "apiss", "healthz", "openapi", "version");
const group = fc.constantFrom(
  "apps",
  "batch",
  GROUP,
  "nosuch.example.com",
  "Apps",
  "core",
  "",
  "__proto__",
);
const version = fc.constantFrom("v1", "v2", "v1beta1", "", "V1", "constructor");
const resource = fc.constantFrom(
  "configmaps",
  "pods",
  "deployments",
  "widgets",
  "ConfigMaps",
  "configmap",
  "nosuch",
  "namespaces",
  "nodes",
  "",
  "__proto__",
  "toString",
);
const name = fc.constantFrom(
  "a",
  "A",
  "a b",
  "a.b",
  "-",
  "a%2fb",
  "%2e%2e",
  "..",
  ".",
  "%2e",
  "%",
  "%zz",
  "%ff",
  "%00",
  "%C3%A9",
  "a;b",
  "a:b",
  "a,b",
  "a@b",
  "a+b",
  "a%3Fb",
  "a%23b",
  "~",
  "*",
  "",
  "__proto__",
  "constructor",
  "n".repeat(300),
);
const subresource = fc.constantFrom(
  "status",
  "scale",
  "log",
  "exec",
  "proxy",
  "proxy/x",
  "Status",
  "nosuch",
  "status/status",
  "ephemeralcontainers",
  "finalize",
  "token",
  "",
  "constructor",
);

const wholePath = fc.oneof(
  fc.tuple(root, group, version, fc.constant("namespaces"), name, resource, name, subresource),
  fc.tuple(
    fc.constant("api"),
    fc.constant("v1"),
    fc.constant("namespaces"),
    fc.constant(NAMESPACE),
    resource,
    name,
    subresource,
  ),
  fc.tuple(
    fc.constant("apis"),
    group,
    version,
    fc.constant("namespaces"),
    fc.constant(NAMESPACE),
    resource,
    name,
    subresource,
  ),
  fc.tuple(fc.constant("api"), version, fc.constant("watch"), resource, name),
  fc.tuple(fc.constant("api"), fc.constant("v1"), resource, name),
  fc.tuple(root, group, version),
  fc.array(fc.oneof(root, group, version, name, resource), { maxLength: 4 }),
);

/** A path of so many of its parts, with tricks between them. */
const trickyPath = fc
  .record({
    parts: wholePath.map((parts) => parts as readonly string[]),
    length: fc.integer({ min: 1, max: 9 }),
    trick: fc.constantFrom(
      "",
      "",
      "",
      "//",
      "/./",
      "/x/../",
      "/%2e%2e/",
      "%2f",
      "/%2e/",
      "\\",
      "/;",
    ),
    at: fc.nat({ max: 8 }),
    tail: fc.constantFrom("", "", "", "/", "//", "/.", "/..", "?", "#x", "%20", "/%2f"),
  })
  .map(({ parts, length, trick, at, tail }) => {
    const kept = parts.slice(0, length);
    const text = kept
      .map((part, index) => (index === at % kept.length && trick !== "" ? trick : "/") + part)
      .join("");
    return (text.startsWith("/") ? "" : "/") + text + tail;
  })
  // What no client of HTTP can send.
  .filter((path) => !/[^!-~]/.test(path));

/** Methods that a real client may send by mistake; the last are none of Kubernetes. */
export const methodName = fc.constantFrom(
  "GET",
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "LOCK",
  "REPORT",
);

export const paths: fc.Arbitrary<FuzzRequest> = trickyPath.map((path) =>
  shownRequest({ method: "GET", path }),
);

export const methods: fc.Arbitrary<FuzzRequest> = fc
  .record({ method: methodName, path: trickyPath, body: fc.constantFrom("", "{}", "x", "null") })
  .map(({ method, path, body }) => {
    // The answer to a path that cannot be read has a body, even for a HEAD: no client gets along with it.
    if (method === "HEAD" && /%(?![\da-f]{2})/i.test(path))
      return shownRequest({ method: "GET", path });
    const hasBody = body !== "" && method !== "GET" && method !== "HEAD" && method !== "TRACE";
    const dry = path.includes("?") || path.includes("#") ? path : `${path}?dryRun=All`;
    return shownRequest({
      method,
      path: method === "GET" || method === "HEAD" ? path : dry,
      ...(hasBody
        ? { headers: { "content-type": "application/json" }, body: Buffer.from(body) }
        : {}),
    });
  });
