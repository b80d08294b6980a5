import type { IncomingMessage } from "node:http";
import { ApiError, type Random } from "@kvop/core";
import {
  authenticate,
  type AuthenticationConfig,
  type ImpersonationRequirement,
  type UserInfo,
} from "../authentication/authenticate.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { answerIncompletePath } from "./incomplete-path.js";
import { percentDecoded, withoutStrayBytes } from "./percent-decoded.js";
import { refuse } from "./refusal.js";
import { statusAnswer } from "./status-answer.js";

/** Largest body that is read, as the real API server has it. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** What is said of a path that cannot be read, by who does not know of APIs. */
const BAD_PATH: ApiResponse = {
  type: "text",
  status: 400,
  body: "400 Bad Request",
  headers: { connection: "close" },
};

/** Who sent a request that was refused before its sender was known. */
const NOBODY: UserInfo = { username: "", groups: [] };

/** How it is found out who sends a request. */
export interface SenderOptions {
  readonly random: Random;
  readonly authentication: () => AuthenticationConfig;
  readonly mayImpersonate: (
    user: UserInfo,
    requirements: readonly ImpersonationRequirement[],
  ) => boolean;
  /** What somebody is told who may not act as another one. */
  readonly refuseImpersonation: (user: UserInfo, request: ApiRequest) => ApiError;
}

type ReceivedRequest = { -readonly [Field in keyof ApiRequest]: ApiRequest[Field] };

/** Reads a request in. What is wrong with it becomes its refusal, so that it is seen like any other. */
export async function receiveRequest(
  request: IncomingMessage,
  { connection, isAbandoned }: Pick<ApiRequest, "connection" | "isAbandoned">,
  options: SenderOptions,
): Promise<ApiRequest> {
  const { headers, url = "/" } = request;
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  const received: ReceivedRequest = {
    method: request.method ?? "GET",
    path: [],
    query: new URLSearchParams(),
    body: undefined,
    bytes: undefined,
    contentType: headers["content-type"] ?? "",
    accept: headers.accept ?? "",
    userAgent: headers["user-agent"] ?? "",
    auditId: textOf(headers["audit-id"]) ?? options.random.uuid(),
    ifNoneMatch: headers["if-none-match"],
    user: NOBODY,
    impersonatedBy: undefined,
    connection,
    isAbandoned,
    refusal: undefined,
  };
  try {
    const decoded = percentDecoded(path);
    if (decoded === undefined) {
      received.refusal = BAD_PATH;
      return received;
    }
    received.path = segmentsOf(decoded);
    received.endsInSlash = decoded.endsWith("/");
    if (end >= 0) readQuery(url.slice(end + 1), received.query);
    received.refusal = answerIncompletePath(received.path, url);
    if (received.refusal !== undefined) return received;
    const identity = identityOf(request, received, options);
    if (identity === undefined) {
      request.resume();
      throw refuse.unauthorized();
    }
    received.user = identity.user;
    received.impersonatedBy = identity.impersonatedBy;
    received.bytes = hasBody(request) ? await readBody(request) : new Uint8Array();
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    received.refusal = statusAnswer(error, received.accept);
  }
  return received;
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" && header !== "" ? header : undefined;
}

/** Pairs that cannot be decoded, or that a semicolon tears apart, are passed over, as Go does. */
function readQuery(text: string, query: URLSearchParams): void {
  for (const pair of text.split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const [key = "", ...value] = pair.replaceAll("+", " ").split("=");
    const decodedKey = percentDecoded(key);
    const decodedValue = percentDecoded(value.join("="));
    if (decodedKey !== undefined && decodedValue !== undefined)
      query.append(withoutStrayBytes(decodedKey), withoutStrayBytes(decodedValue));
  }
}

/** The parts of a path; slashes at its end do not count. Dots are names like any other: it is for clients to follow them. */
function segmentsOf(path: string): string[] {
  if (path === "" || path === "/") return [];
  const segments = path.replace(/^\//, "").replace(/\/+$/, "").split("/");
  return segments.join("") === "" ? ["", ""] : segments;
}

function identityOf(
  request: IncomingMessage,
  asked: ApiRequest,
  options: SenderOptions,
): Pick<ApiRequest, "user" | "impersonatedBy"> | undefined {
  const { headers } = request;
  const result = authenticate(
    {
      authorizationHeader: headers.authorization,
      clientCertificateSubject: asked.connection?.subject,
      headers,
    },
    options.authentication(),
  );
  switch (result.kind) {
    case "user":
      return { user: result.user };
    case "impersonated":
      if (options.mayImpersonate(result.impersonatedBy, result.requirements))
        return { user: result.user, impersonatedBy: result.impersonatedBy };
      throw options.refuseImpersonation(result.impersonatedBy, asked);
    case "invalid-impersonation":
      throw refuse.badRequest(result.message);
    default:
      return undefined;
  }
}

/** To wait for the end of a body that never comes costs as much as all the rest of reading such a request. */
function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  const length = headers["content-length"];
  const isEmpty = length === undefined || length === "0";
  return httpVersionMajor !== 1 || !isEmpty || headers["transfer-encoding"] !== undefined;
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (): void => reject(new Error("The connection was lost within a body."));
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(refuse.tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`));
    });
    request.on("end", () => {
      request.off("close", fail);
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.on("error", fail);
    request.on("aborted", fail);
    request.on("close", fail);
  });
}
