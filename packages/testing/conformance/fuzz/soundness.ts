import { expect } from "vitest";

import type { Answer } from "../case.js";
import { collections, sendJson } from "./world.js";
import type { EmbeddedWorld } from "./start-worlds.js";

/** What no request may change. */
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const untouched = prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).join());

/** What the door says when the server behind it has thrown; other faults are in the words of the real server. */
const CRASHED = "an error on the server has prevented the request from succeeding";

const text = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

/** Whether an answer is one that a server in its right mind gives, and the server still is. */
export async function expectSound({ target }: EmbeddedWorld, answer: Answer): Promise<void> {
  expect(text(answer.body)).not.toContain(CRASHED);
  const hasBody = !answer.request.startsWith("HEAD ");
  if (hasBody && answer.status >= 400 && answer.headers["content-type"] === "application/json") {
    expect(answer.body).toMatchObject({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: expect.any(String),
      code: answer.status,
    });
  }
  const now = prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).join());
  expect(now, "a prototype was polluted").toEqual(untouched);
  const after = await sendJson(target, "GET", collections.configMaps, undefined);
  expect(after.status, "the server answers no more").toBe(200);
}
