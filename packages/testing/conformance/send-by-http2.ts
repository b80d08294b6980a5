import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";

import {
  ANSWER_TIMEOUT_MS,
  countLines,
  firstLines,
  type RawAnswer,
  type RawRequest,
  type Target,
} from "./target.js";

/** The same as `sendToTarget`, by HTTP/2 on a connection of its own. Both protocols are offered: the server chooses. */
export async function sendByHttp2(target: Target, raw: RawRequest): Promise<RawAnswer> {
  const session = connect(target.url, { ...target.tls, ALPNProtocols: ["h2", "http/1.1"] });
  try {
    return await sendOn(session, raw);
  } finally {
    session.destroy();
  }
}

function sendOn(session: ClientHttp2Session, raw: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request(
      { ":method": raw.method, ":path": raw.path, ...raw.headers },
      // By itself, node takes a deletion for a request without a body.
      { endStream: raw.body === undefined },
    );
    stream.setTimeout(ANSWER_TIMEOUT_MS, () =>
      reject(new Error(`no complete answer after ${ANSWER_TIMEOUT_MS} ms`)),
    );
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const finish = (): void =>
      resolve({
        status: Number(headers[":status"]),
        headers: { ...headers, ":protocol": session.alpnProtocol },
        body: firstLines(Buffer.concat(chunks), raw.lines),
      });
    let opened = raw.onOpen === undefined;
    const finishWhenEnough = (): void => {
      if (raw.lines === undefined || !opened) return;
      if (countLines(Buffer.concat(chunks)) >= raw.lines) finish();
    };
    stream.on("response", (received) => {
      headers = received;
      if (raw.onOpen === undefined) return;
      raw.onOpen().then(() => {
        opened = true;
        finishWhenEnough();
      }, reject);
    });
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      finishWhenEnough();
    });
    stream.on("end", finish);
    stream.on("error", reject);
    if (raw.body !== undefined) stream.end(raw.body);
  });
}
