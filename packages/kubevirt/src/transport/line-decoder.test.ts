import fc from "fast-check";
import { expect, it } from "vitest";

import { LineDecoder } from "./line-decoder.js";

it("gives the same lines however the bytes are cut", () => {
  const text = fc.string({ unit: "binary-ascii" }).map((line) => line.replace(/\n/g, ""));
  const anyLine = fc.oneof(text, fc.constantFrom("ä€😀", "", " "));
  fc.assert(
    fc.property(fc.array(anyLine), fc.array(fc.nat()), anyLine, (lines, cuts, rest) => {
      const bytes = Buffer.from([...lines, rest].join("\n"));
      const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
      const decoder = new LineDecoder();
      const read = [0, ...places].flatMap((start, index) =>
        decoder.write(bytes.subarray(start, places[index] ?? bytes.length)),
      );
      expect(read).toEqual(lines.filter((line) => line.trim() !== ""));
      expect(decoder.pendingBytes).toBe(Buffer.byteLength(rest));
      expect(decoder.end()).toBe(rest.trim());
    }),
  );
});

it.each([[[0xff, 0x0a]], [[0xc3, 0x0a]], [[0xed, 0xa0, 0x80, 0x0a]]])("refuses %j", (bytes) => {
  expect(() => new LineDecoder().write(Buffer.from(bytes))).toThrow("not UTF-8");
});
