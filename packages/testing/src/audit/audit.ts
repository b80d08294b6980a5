import type { Clock, Random } from "@kvop/core";
import type { ApiRequest, ApiResponse, OpenWatch } from "../api-server/api-request.js";
import type { Interceptor } from "../api-server/interceptor.js";
import { requestAttributes } from "../records/request-attributes.js";
import type { AuditEvent, AuditLevel, AuditStage } from "./audit-event.js";
import { type AuditRule, auditLevelOf } from "./audit-policy.js";
import { type AuditedRequest, buildAuditEvent } from "./build-audit-event.js";

/** What is audited, and where it goes. */
export interface AuditOptions {
  /** Gets each event at once, in order. It must not throw. */
  readonly sink: (event: AuditEvent) => void;
  /** The first that fits decides. Default: none. */
  readonly rules?: readonly AuditRule[] | undefined;
  /** For requests that no rule means. Default: `Metadata`. */
  readonly level?: AuditLevel | undefined;
  /** Annotations of every event, such as the name of its server. Default: none. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Stages of which nothing is written. Default: none. */
  readonly omitStages?: readonly AuditStage[] | undefined;
}

/**
 * Writes down what the API does. It stands behind the faults: a write whose answer is lost is in it, an answer that a fault
 * made up is not.
 */
export function auditInterceptor(
  options: AuditOptions,
  sources: { readonly clock: Clock; readonly random: Random },
): Interceptor {
  const { sink, rules = [], level: otherwise = "Metadata", omitStages = [], annotations } = options;
  const { clock, random } = sources;
  const write = (audited: AuditedRequest, stage: AuditStage, answer?: ApiResponse): void => {
    if (omitStages.includes(stage)) return;
    const event = buildAuditEvent(audited, stage, clock.now(), answer);
    sink(
      annotations === undefined
        ? event
        : { ...event, annotations: { ...event.annotations, ...annotations } },
    );
  };
  return async (request, next) => {
    const attributes = requestAttributes(request);
    const level = auditLevelOf({ ...attributes, ...clientOf(request) }, rules, otherwise);
    if (level === "None") return next(request);
    const auditId = request.auditId ?? random.uuid();
    const audited = { auditId, level, request, attributes, receivedAtMs: clock.now() };
    // A real server writes one event of a request without a user, when it refuses it.
    if (request.user.username === "") {
      const refused = await next(request);
      write(audited, "ResponseStarted", refused);
      return refused;
    }
    write(audited, "RequestReceived");
    try {
      const answer = await next(request);
      write(audited, answer.type === "watch" ? "ResponseStarted" : "ResponseComplete", answer);
      if (answer.type !== "watch") return answer;
      return {
        ...answer,
        open: onceOver(answer.open, () => write(audited, "ResponseComplete", answer)),
      };
    } catch (error) {
      write(audited, "Panic");
      throw error;
    }
  };
}

function clientOf(request: ApiRequest): {
  user: string;
  userAgent: string;
  door: "https" | "in-process";
} {
  const { user, userAgent, connection } = request;
  return {
    user: user.username,
    userAgent,
    door: connection === undefined ? "in-process" : "https",
  };
}

/** A watch that tells when it is over, whichever side ended it. */
function onceOver(open: OpenWatch, tell: () => void): OpenWatch {
  return (send, close) => {
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      tell();
    };
    const stop = open(send, (error) => {
      over();
      close(error);
    });
    return () => {
      stop();
      over();
    };
  };
}
