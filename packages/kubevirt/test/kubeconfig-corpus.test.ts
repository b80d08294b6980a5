import { createSecureContext } from "node:tls";
import { inspect } from "node:util";

import { KubeconfigInvalidError, KubeconfigRefusedError } from "@kvop/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import {
  type ClusterConnection,
  KUBECONFIG_RULES,
  type KubeconfigRule,
  parseKubeconfig,
} from "../src/index.js";
import {
  client,
  HOSTILE_KUBECONFIGS,
  TOKEN,
  validKubeconfig,
  withPair,
} from "./kubeconfig-corpus.js";

/** Everything of an error that a log or an event could show. */
function shown(error: unknown): string {
  const { cause } = error as Error;
  const text = [
    String(error),
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
  ].join("\n");
  return cause === undefined ? text : `${text}\n${shown(cause)}`;
}

function failureOf(parse: () => unknown): unknown {
  try {
    parse();
  } catch (error) {
    return error;
  }
  return undefined;
}

const rules = Object.keys(KUBECONFIG_RULES) as KubeconfigRule[];

it.each(rules)("has at least three hostile kubeconfigs for rule %s", (rule) => {
  expect(HOSTILE_KUBECONFIGS[rule].length).toBeGreaterThanOrEqual(3);
});

describe.each(rules)("rule %s", (rule) => {
  it.each(HOSTILE_KUBECONFIGS[rule])("refuses $name", ({ text, policy }) => {
    const error = failureOf(() => parseKubeconfig(text, policy));
    const isTyped =
      KubeconfigRefusedError.isInstance(error) || KubeconfigInvalidError.isInstance(error);
    expect([isTyped, (error as { rule?: string } | undefined)?.rule]).toEqual([true, rule]);
    expect((error as Error).message).toContain(`"${rule}"`);
    const output = shown(error);
    expect(output).not.toContain(TOKEN);
    for (const line of text.slice(0, 50_000).split("\n")) {
      const content = line.trim();
      if (content.length >= 9) expect(output).not.toContain(content);
    }
  });
});

it("refuses a bomb without walking through what it stands for", () => {
  // Sixteen aliases, four a level, over a list of 10,000: 2,560,000 values when each is followed.
  const levels = [1, 2, 3, 4].map((level) => {
    const reference = `*a${level - 1}`;
    return `a${level}: &a${level} [${[reference, reference, reference, reference].join(", ")}]\n`;
  });
  const text = `a0: &a0 [${"0, ".repeat(10_000)}]\n${levels.join("")}`;
  const walk = vi.spyOn(Object, "values");
  expect(failureOf(() => parseKubeconfig(text))).toMatchObject({ rule: "current-context" });
  expect(walk.mock.calls.length).toBeLessThan(10);
  walk.mockRestore();
});

/** The parts of a kubeconfig that a mutation plays with, each of which means something somewhere. */
const FRAGMENTS = [
  ...[
    "exec: { command: sh }",
    "tokenFile: /etc/passwd",
    "<<: *a",
    "&a",
    "*a",
    "!!str",
    "? ",
    "---",
  ],
  ...[
    "insecure-skip-tls-verify: true",
    "proxy-url: http://a",
    "http://",
    "https://169.254.169.254",
  ],
  ...[
    "\r\n",
    "\t",
    "\0",
    "\uFEFF",
    "\u2028",
    "'",
    '"',
    "{",
    "}",
    "[",
    "]",
    "|",
    ">",
    "#",
    "%",
    "@",
  ],
  ...[
    "server:",
    "token:",
    "user:",
    "users:",
    "name: admin",
    "current-context:",
    "client-key-data:",
  ],
  ...["-----BEGIN CERTIFICATE-----", "AAAA", "=", "__proto__:", "as: root", "~", "0x1", "\ud800"],
];

const good = withPair(client.certPem, client.keyPem);
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant("insert" as const),
    at: fc.nat(),
    text: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ unit: "binary", maxLength: 8 })),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), length: fc.nat(200) }),
  fc.record({
    kind: fc.constant("copy" as const),
    at: fc.nat(),
    length: fc.nat(200),
    to: fc.nat(),
  }),
  fc.record({
    kind: fc.constant("flip" as const),
    at: fc.nat(),
    bits: fc.integer({ min: 1, max: 127 }),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutate(text: string, change: Mutation): string {
  const at = change.at % (text.length + 1);
  switch (change.kind) {
    case "insert":
      return text.slice(0, at) + change.text + text.slice(at);
    case "cut":
      return text.slice(0, at) + text.slice(at + change.length);
    case "copy": {
      const to = change.to % (text.length + 1);
      return text.slice(0, to) + text.slice(at, at + change.length) + text.slice(to);
    }
    case "flip": {
      const code = (text.codePointAt(at) ?? 32) ^ change.bits;
      return text.slice(0, at) + String.fromCodePoint(code) + text.slice(at + 1);
    }
  }
}

const FIELDS = [
  "caPem",
  "clientCertificatePem",
  "clientKeyPem",
  "server",
  "tlsServerName",
  "token",
];

describe("a kubeconfig that is changed at random", () => {
  it.each([
    ["with a token", validKubeconfig, TOKEN],
    ["with a client certificate", good, client.keyPem.split("\n")[1] ?? ""],
    [
      "with both",
      good.replace("      client-key", `      token: ${TOKEN}\n      client-key`),
      TOKEN,
    ],
  ])(
    "%s gives a valid connection or a typed error",
    (_kind, text, secret) => {
      expect(parseKubeconfig(text)).toBeDefined();
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
          const changed = changes.reduce(mutate, text);
          let connection: ClusterConnection;
          try {
            connection = parseKubeconfig(changed);
          } catch (error) {
            expect(
              KubeconfigRefusedError.isInstance(error) || KubeconfigInvalidError.isInstance(error),
            ).toBe(true);
            expect(Object.hasOwn(KUBECONFIG_RULES, (error as { rule: string }).rule)).toBe(true);
            expect(shown(error)).not.toContain(secret);
            return;
          }
          expect(Object.isFrozen(connection)).toBe(true);
          expect(Object.keys(connection).sort()).toEqual(FIELDS);
          expect(connection.server).toMatch(/^https:\/\/[^/@?#\s]+(\/[^?#\s]*)?$/);
          expect(connection.token ?? "a").toMatch(/^[\x21-\x7e]+$/);
          createSecureContext({
            ...(connection.caPem === undefined ? {} : { ca: connection.caPem }),
            ...(connection.clientKeyPem === undefined
              ? {}
              : { cert: connection.clientCertificatePem, key: connection.clientKeyPem }),
          });
        }),
        { numRuns: 500 },
      );
    },
    60_000,
  );
});
