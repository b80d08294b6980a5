import { formatTime, parseTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";

/** What a delete of a Pod comes to. */
export type GracefulDeletion =
  | { readonly kind: "now"; readonly marked: JsonObject }
  | { readonly kind: "later"; readonly marked: JsonObject }
  | { readonly kind: "pending" };

/**
 * Pods end gracefully: the first delete marks them, the kubelet deletes them with 0 seconds once their containers are gone.
 * Undefined for other kinds.
 */
export function decideGracefulDeletion(
  resource: ServedResource,
  stored: JsonObject,
  askedSeconds: number | undefined,
  nowMs: number,
): GracefulDeletion | undefined {
  if (resource.group !== "" || resource.plural !== "pods") return undefined;
  const metadata = stored["metadata"] as JsonObject;
  const present = metadata["deletionGracePeriodSeconds"];
  if (metadata["deletionTimestamp"] !== undefined && typeof present === "number") {
    // Only a shorter time counts; without one the first delete stands.
    if (present === 0) return { kind: "now", marked: stored };
    if (askedSeconds === undefined || askedSeconds >= present) return { kind: "pending" };
    const beganMs = (parseTime(String(metadata["deletionTimestamp"])) ?? nowMs) - present * 1000;
    return mark(stored, Math.max(askedSeconds, 0), beganMs);
  }
  return mark(stored, gracePeriodOf(stored, askedSeconds), nowMs, true);
}

function gracePeriodOf(pod: JsonObject, askedSeconds: number | undefined): number {
  const spec = (pod["spec"] ?? {}) as JsonObject;
  const phase = (pod["status"] as JsonObject | undefined)?.["phase"];
  const nodeName = spec["nodeName"];
  // Nobody has to end what never began or has ended by itself.
  if (nodeName === undefined || nodeName === "" || phase === "Succeeded" || phase === "Failed")
    return 0;
  const seconds = askedSeconds ?? Number(spec["terminationGracePeriodSeconds"] ?? 30);
  return seconds < 0 ? 1 : seconds;
}

function mark(
  stored: JsonObject,
  seconds: number,
  fromMs: number,
  isFirst = false,
): GracefulDeletion {
  const metadata = stored["metadata"] as JsonObject;
  const generation = Number(metadata["generation"] ?? 0);
  const marked = {
    ...stored,
    metadata: {
      ...metadata,
      ...(isFirst && generation > 0 ? { generation: generation + 1 } : {}),
      deletionTimestamp: formatTime(fromMs + seconds * 1000),
      deletionGracePeriodSeconds: seconds,
    },
  };
  return { kind: seconds === 0 ? "now" : "later", marked };
}
