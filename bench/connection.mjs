import { readFile } from "node:fs/promises";
import { Agent } from "undici";

/** Server, authority and token of a kubeconfig as this project writes it. */
export async function readConnection(path) {
  const text = await readFile(path, "utf8");
  const value = (key) => new RegExp(`${key}: *"?([^"\\s]+)`).exec(text)?.[1];
  return {
    text,
    server: value("server"),
    ca: Buffer.from(value("certificate-authority-data"), "base64").toString("utf8"),
    token: value("token"),
  };
}

/** Plain undici on the same TLS: the limit of what a client can do. */
export function rawAgent({ ca }, connections) {
  return new Agent({ connect: { ca }, connections, pipelining: 1 });
}

/** One request by plain undici, its JSON parsed. */
export async function rawRequest(agent, { server, token }, path, options = {}) {
  const { body, statusCode } = await agent.request({
    origin: server,
    path,
    method: "GET",
    ...options,
    headers: { authorization: `Bearer ${token}`, ...options.headers },
  });
  const value = await body.json();
  if (statusCode >= 300) throw new Error(`${statusCode}: ${value.message}`);
  return value;
}

/** Runs `count` works, at most `limit` at once. */
export async function pooled(count, limit, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}
