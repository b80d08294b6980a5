import type { Socket } from "node:net";

import { expect } from "vitest";

import { answer, chunk, chunked, drip, head, pump, reset, watchLine } from "./faulty-server.js";

/** What an error has to say. */
export interface Expectation {
  readonly code: string;
  readonly phase?: string;
  readonly problem?: unknown;
  readonly systemCode?: string;
}

export const late = (phase: string): Expectation => ({ code: "DeadlineExceeded", phase });
export const lost: Expectation = { code: "ConnectionFailed", systemCode: "ECONNRESET" };
export const cut: Expectation = { code: "ConnectionFailed" };
export const unexpected = (problem: RegExp): Expectation => ({
  code: "UnexpectedResponse",
  problem: expect.stringMatching(problem) as unknown,
});
export const tooLarge: Expectation = { code: "ResponseTooLarge" };
export const noTls: Expectation = { code: "TlsFailed" };

/** An answer that is wrong in some way. */
export type Fault = readonly [
  name: string,
  onRequest: (socket: Socket) => unknown,
  expected: Expectation,
  /** The answer is whole and its connection good for another request. */
  isKept?: true,
];

/** Wrong from the beginning. */
export const ANSWER_FAULTS: readonly Fault[] = [
  ["says nothing", () => undefined, late("headers")],
  [
    "drips its headers",
    (socket) => drip(socket, "HTTP/1.1 200 OK\r\na: b\r\n".slice(0, 1)),
    unexpected(/not HTTP/),
  ],
  [
    "drips header lines",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "a: b\r\n");
    },
    late("headers"),
  ],
  ["is reset before its headers", (socket) => reset(socket), lost],
  ["ends before its headers", (socket) => socket.end(), lost],
  ["ends within its headers", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-ty"), cut],
  ["is not HTTP", (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"), unexpected(/not HTTP/)],
  ["is HTTP/0.9", (socket) => socket.end('{"kind":"ConfigMap"}'), unexpected(/not HTTP/)],
  [
    "is one interim answer after another",
    (socket) => pump(socket, "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n"),
    unexpected(/interim/),
  ],
  ["goes on and on with 100", (socket) => pump(socket, "HTTP/1.1 100 Continue\r\n\r\n"), cut],
  [
    "switches protocols",
    (socket) => socket.write("HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
    cut,
  ],
  [
    "has huge headers",
    (socket) => pump(socket, `HTTP/1.1 200 OK\r\na: ${"x".repeat(64 * 1024)}`),
    unexpected(/not HTTP/),
  ],
  [
    "has headers without end",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      pump(socket, `${"a".repeat(100)}: b\r\n`.repeat(100));
    },
    unexpected(/not HTTP/),
  ],
  [
    "has two lengths",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
    unexpected(/not HTTP/),
  ],
];

/** Wrong after the head of an answer. */
export const BODY_FAULTS: readonly Fault[] = [
  [
    "says nothing after its headers",
    (socket) => socket.write(head({ "content-length": 10 })),
    late("body"),
  ],
  [
    "drips its body",
    (socket) => {
      socket.write(head({ "content-length": 100_000 }));
      drip(socket, " ");
    },
    late("body"),
  ],
  [
    "is reset after its headers",
    (socket) => socket.write(head({ "content-length": 10 }), () => reset(socket)),
    lost,
  ],
  [
    "is reset within its body",
    (socket) => socket.write(`${head({ "content-length": 10 })}{"a"`, () => reset(socket)),
    lost,
  ],
  ["ends within its body", (socket) => socket.end(`${head({ "content-length": 10 })}{"a"`), cut],
  ["ends within its chunks", (socket) => socket.end(`${head(chunked)}5\r\n{"a"`), cut],
  ["is shorter than it says", (socket) => socket.end(`${head({ "content-length": 10 })}{}`), cut],
  [
    "is longer than it says",
    (socket) => socket.end(`${head({ "content-length": 4 })}{"a":1}`),
    unexpected(/JSON/),
  ],
  [
    "has a wrong chunk length",
    (socket) => socket.end(`${head(chunked)}zz\r\n{}\r\n`),
    unexpected(/not HTTP/),
  ],
  [
    "is HTML",
    (socket) => socket.write(answer("<html>", { "content-type": "text/html" })),
    unexpected(/HTML/),
  ],
  ["is not JSON", (socket) => socket.write(answer("{a: 1}")), unexpected(/JSON/)],
  ["is half of a JSON", (socket) => socket.write(answer('{"kind":"Con')), unexpected(/JSON/)],
  ["is JSON and more", (socket) => socket.write(answer("{}{}")), unexpected(/JSON/)],
  [
    "is a JSON of another kind",
    (socket) => socket.write(answer("[1]")),
    unexpected(/object/),
    true,
  ],
  ["is null", (socket) => socket.write(answer("null")), unexpected(/object/), true],
  ["is empty", (socket) => socket.write(answer("")), unexpected(/object/), true],
  [
    "is text",
    (socket) => socket.write(answer("ok", { "content-type": "text/plain" })),
    unexpected(/object/),
    true,
  ],
  [
    "is protobuf",
    (socket) =>
      socket.write(answer("k8s\0", { "content-type": "application/vnd.kubernetes.protobuf" })),
    unexpected(/neither/),
  ],
  [
    "is no UTF-8",
    (socket) => socket.write(answer(Buffer.from([0x22, 0xff, 0xfe, 0x22]))),
    unexpected(/UTF-8/),
  ],
  [
    "is UTF-16",
    (socket) => socket.write(answer(Buffer.from("\ufeff{}", "utf16le"))),
    unexpected(/UTF-8/),
  ],
  [
    "never ends",
    (socket) => {
      socket.write(head({}));
      pump(socket, Buffer.alloc(64 * 1024, " "));
    },
    tooLarge,
  ],
  [
    "never ends, in chunks",
    (socket) => {
      socket.write(head(chunked));
      pump(socket, chunk("x".repeat(10_000)));
    },
    tooLarge,
  ],
  [
    "says that it is huge",
    (socket) => socket.write(head({ "content-length": 10_000_000_000 })),
    tooLarge,
  ],
  [
    "redirects",
    (socket) =>
      socket.write(`${head({ "content-length": 0, location: "https://127.0.0.1:1/" }, 302)}`),
    unexpected(/redirect/),
    true,
  ],
];

/** Wrong within a watch. */
export const WATCH_FAULTS: readonly Fault[] = [
  [
    "is HTML",
    (socket) => socket.write(answer("<html>", { "content-type": "text/html" })),
    unexpected(/not JSON/),
  ],
  [
    "has a line that is not JSON",
    (socket) => socket.write(`${head({})}${watchLine("a")}<html>\n`),
    unexpected(/not JSON/),
  ],
  [
    "has a line that is no event",
    (socket) => socket.write(`${head({})}{"type":"ADDED"}\n`),
    unexpected(/object/),
  ],
  [
    "has an event of an unknown type",
    (socket) => socket.write(`${head({})}{"type":"X","object":{}}\n`),
    unexpected(/unknown type/),
  ],
  ["has a line that is no object", (socket) => socket.write(`${head({})}null\n`), unexpected(/./)],
  [
    "has a line that is no UTF-8",
    (socket) => socket.write(Buffer.concat([Buffer.from(head({})), Buffer.from([0xff, 0x0a])])),
    unexpected(/UTF-8/),
  ],
  [
    "has a line without end",
    (socket) => {
      socket.write(`${head({})}{"type":"`);
      pump(socket, "x".repeat(64 * 1024));
    },
    tooLarge,
  ],
  [
    "is reset between lines",
    (socket) =>
      socket.write(`${head(chunked)}${chunk(watchLine("a")).toString()}`, () => reset(socket)),
    lost,
  ],
  ["ends within a line", (socket) => socket.end(`${head({})}${watchLine("a")}{"type":`), cut],
  ["ends within a chunk", (socket) => socket.end(`${head(chunked)}ff\r\n${watchLine("a")}`), cut],
  [
    "is an error without end",
    (socket) => {
      socket.write(head({}, 500));
      pump(socket, "x".repeat(64 * 1024));
    },
    tooLarge,
  ],
  [
    "redirects",
    (socket) => socket.write(head({ "content-length": 0, location: "/" }, 307)),
    unexpected(/redirect/),
  ],
];
