import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import { systemClock, systemRandom } from "@kvop/core";
import { createCertificateAuthority } from "../src/authentication/certificate-authority.js";

/** A webhook that cases can name: `{hook}` is its URL, `{hookCa}` the certificate authority that it is known by. */
export interface WebhookServer {
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface AdmissionRequest {
  readonly uid: string;
  readonly name?: string;
  readonly object?: { readonly data?: Readonly<Record<string, string>> } | null;
}

/** What is answered: a status and a text; undefined: nothing, and the connection stays or ends. */
type Answer = { readonly status: number; readonly text: string } | "silence" | "end";

const review = (request: AdmissionRequest, response: object): Answer => ({
  status: 200,
  text: JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: request.uid, ...response },
  }),
});
const patching = (request: AdmissionRequest, patch: unknown): Answer =>
  review(request, {
    allowed: true,
    patchType: "JSONPatch",
    patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
  });
const plain = (status: number, text: string): Answer => ({ status, text });

/** What is answered to a request about an object of that name. */
const ANSWERS: Readonly<Record<string, (request: AdmissionRequest) => Answer>> = {
  warned: (request) =>
    review(request, { allowed: true, warnings: ["a first warning", 'a "second"'] }),
  denied: (request) => review(request, { allowed: false }),
  "denied-with-message": (request) =>
    review(request, { allowed: false, status: { message: "no way" } }),
  "denied-with-reason": (request) =>
    review(request, { allowed: false, status: { reason: "Because" } }),
  "denied-as-invalid": (request) =>
    review(request, {
      allowed: false,
      status: {
        code: 422,
        reason: "Invalid",
        message: "a bad thing",
        details: { causes: [{ field: "a", message: "b" }] },
      },
    }),
  "denied-with-warning": (request) =>
    review(request, {
      allowed: false,
      status: { code: 403, message: "not you" },
      warnings: ["that is close"],
    }),
  "denied-with-code-200": (request) =>
    review(request, { allowed: false, status: { code: 200, message: "odd" } }),
  "other-uid": () => review({ uid: "x" }, { allowed: true }),
  "no-response": () =>
    plain(200, JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" })),
  "no-kind": ({ uid }) => plain(200, JSON.stringify({ response: { uid, allowed: true } })),
  "other-version": ({ uid }) =>
    plain(
      200,
      JSON.stringify({
        apiVersion: "admission.k8s.io/v1beta1",
        kind: "AdmissionReview",
        response: { uid, allowed: true },
      }),
    ),
  "no-json": () => plain(200, "hello"),
  empty: () => plain(200, ""),
  "code-400": () => plain(400, "bad"),
  "code-401": () => plain(401, ""),
  "code-404": () => plain(404, "404 page not found\n"),
  "code-500": () => plain(500, "oops"),
  "code-503": () => plain(503, ""),
  silent: () => "silence",
  ended: () => "end",
  patched: (request) =>
    patching(request, [{ op: "add", path: "/metadata/labels", value: { hooked: "yes" } }]),
  "patched-with-nothing": (request) => patching(request, []),
  "patched-without-type": (request) => review(request, { allowed: true, patch: "W10=" }),
  "patched-with-other-type": (request) =>
    review(request, {
      allowed: true,
      patch: Buffer.from('[{"op":"remove","path":"/data"}]').toString("base64"),
      patchType: "Merge",
    }),
  "patched-without-patch": (request) => review(request, { allowed: true, patchType: "JSONPatch" }),
  "patched-with-object": (request) => patching(request, {}),
  "patched-at-nothing": (request) => patching(request, [{ op: "remove", path: "/nope" }]),
  "patched-to-other-type": (request) => patching(request, [{ op: "add", path: "/data", value: 3 }]),
  "patched-with-unknown-field": (request) =>
    patching(request, [{ op: "add", path: "/nope", value: 3 }]),
  "patched-to-invalid": (request) =>
    patching(request, [{ op: "add", path: "/data", value: { "a b": "c" } }]),
  "patched-to-other-name": (request) =>
    patching(request, [{ op: "replace", path: "/metadata/name", value: "another" }]),
};

function answer(path: string, request: AdmissionRequest): Answer {
  const [, kind, letter = ""] = path.split("/");
  switch (kind) {
    case "by-name": {
      const make = ANSWERS[request.name ?? ""];
      return make === undefined ? review(request, { allowed: true }) : make(request);
    }
    case "tell":
      return review(request, { allowed: false, status: { message: ordered(request) } });
    case "append": {
      const value = `${request.object?.data?.["order"] ?? ""}${letter}`;
      return patching(request, [{ op: "add", path: "/data/order", value }]);
    }
    // Adds itself once, as a webhook should that may be called again.
    case "ensure": {
      const value = request.object?.data?.["order"] ?? "";
      return value.includes(letter)
        ? review(request, { allowed: true })
        : patching(request, [{ op: "add", path: "/data/order", value: `${value}${letter}` }]);
    }
    default:
      return review(request, { allowed: kind === "allow", status: { message: `by ${kind}` } });
  }
}

/** The request as text, in the order of its keys. */
function ordered(request: AdmissionRequest): string {
  return JSON.stringify(request, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

export async function startWebhookServer(): Promise<WebhookServer> {
  const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
  const { certPem, keyPem } = authority.issueServer({ hosts: ["127.0.0.1"] });
  const server = createServer({ cert: certPem, key: keyPem }, (incoming, outgoing) => {
    let text = "";
    incoming.on("data", (part: Buffer) => (text += part.toString("utf8")));
    incoming.on("end", () => {
      const { request } = JSON.parse(text) as { readonly request: AdmissionRequest };
      const path = new URL(incoming.url ?? "", "https://hook").pathname;
      const given = answer(path, request);
      if (given === "silence") return;
      if (given === "end") {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(given.status, { "content-type": "application/json" }).end(given.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    variables: {
      hook: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      hookCa: Buffer.from(authority.caPem).toString("base64"),
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
