import { gzip } from "node:zlib";

/** Shorter bodies cost more to compress than to send: the real server's limit (its feature APIResponseCompression). */
const MIN_COMPRESSED_BYTES = 128 * 1024;
/** The fastest, as the real server has it. */
const LEVEL = 1;

export const COMPRESSED_HEADERS = { "content-encoding": "gzip", vary: "Accept-Encoding" } as const;

/** Whether an object or a list is long enough to be compressed, and its client reads that. */
export function shouldCompress(
  body: string | Uint8Array,
  acceptEncoding: string | readonly string[] | undefined,
): boolean {
  if (acceptEncoding === undefined || body.length < MIN_COMPRESSED_BYTES) return false;
  return [acceptEncoding]
    .flat()
    .join(",")
    .split(",")
    .some((each) => each.split(";")[0]?.trim() === "gzip");
}

/** The same body, compressed on another thread. */
export function compress(body: string | Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(body, { level: LEVEL }, (error, compressed) =>
      error === null ? resolve(compressed) : reject(error),
    );
  });
}
