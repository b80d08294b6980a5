import fc from "fast-check";
import { expect, test } from "vitest";
import { scanGoJson } from "./go-json-scanner.js";
import { BodySyntaxError, parseJsonBody, parseYamlBody } from "./parse-body.js";

const broken = fc
  .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
  .map(([text, at, added]) => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + added + text.slice(index + 1);
  });

test("the scanner takes a text exactly where JSON.parse does, but for numbers that are too large", () => {
  expect(scanGoJson("1e309").numberError).toBeDefined();
  fc.assert(
    fc.property(fc.oneof(fc.json(), broken), (text) => {
      let isValid = true;
      try {
        JSON.parse(text, (_key, value: unknown) => {
          // Go has no number where JSON.parse reads an infinite one.
          if (value === Infinity || value === -Infinity) isValid = false;
          return value;
        });
      } catch {
        isValid = false;
      }
      const { error, numberError } = scanGoJson(text);
      expect(error === undefined && numberError === undefined).toBe(isValid);
    }),
  );
});

test("keys that come twice are named by their paths", () => {
  expect(scanGoJson('{"a":{"k":1,"k":2},"l":[{"x":1,"x":2}],"a":3}').duplicates).toEqual([
    "a.k",
    "l[0].x",
    "a",
  ]);
});

test("whatever the bytes are, a body is read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const parse of [parseJsonBody, parseYamlBody]) {
        try {
          parse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BodySyntaxError);
        }
      }
    }),
  );
});

test.each(["[", '{"a":'])(
  "a text that nests %s without end is refused, not followed",
  (opening) => {
    const bytes = Buffer.from(opening.repeat(100_000));
    expect(() => parseJsonBody(bytes)).toThrow(BodySyntaxError);
  },
);

test("aliases of YAML that grow without bound are refused", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 10; level += 1) {
    const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
    lines.push(`a${level}: &a${level} [${aliases}]`);
  }
  expect(() => parseYamlBody(Buffer.from(lines.join("\n")))).toThrow(BodySyntaxError);
});
