import { formatTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";

/** What is left of one resource in a namespace that is being deleted. */
export interface Remaining {
  /** `jobs.batch`, and `configmaps.` of the core group. */
  readonly resource: string;
  readonly count: number;
  /** Of all its objects, with repetitions. */
  readonly finalizers: readonly string[];
}

interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** The namespace with the conditions in which a namespace controller says how its deletion goes. */
export function namespaceConditions(
  namespace: JsonObject,
  left: readonly Remaining[],
  nowMs: number,
): JsonObject {
  const status = (namespace["status"] ?? {}) as JsonObject;
  const before = (status["conditions"] ?? []) as JsonObject[];
  const conditions = judge(left).map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const isSame = old?.["status"] === condition.status && old["message"] === condition.message;
    return {
      type: condition.type,
      status: condition.status,
      lastTransitionTime: isSame ? (old["lastTransitionTime"] ?? null) : formatTime(nowMs),
      reason: condition.reason,
      message: condition.message,
    };
  });
  return { ...namespace, status: { ...status, conditions } };
}

function judge(left: readonly Remaining[]): readonly Condition[] {
  return [
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      reason: "ResourcesDiscovered",
      message: "All resources successfully discovered",
    },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    {
      type: "NamespaceDeletionContentFailure",
      status: "False",
      reason: "ContentDeleted",
      message: "All content successfully deleted, may be waiting on finalization",
    },
    contentRemaining(left),
    finalizersRemaining(left),
  ];
}

function contentRemaining(left: readonly Remaining[]): Condition {
  const type = "NamespaceContentRemaining";
  const parts = left.map(({ resource, count }) => `${resource} has ${count} resource instances`);
  return parts.length === 0
    ? {
        type,
        status: "False",
        reason: "ContentRemoved",
        message: "All content successfully removed",
      }
    : {
        type,
        status: "True",
        reason: "SomeResourcesRemain",
        message: `Some resources are remaining: ${parts.toSorted().join(", ")}`,
      };
}

function finalizersRemaining(left: readonly Remaining[]): Condition {
  const type = "NamespaceFinalizersRemaining";
  const counts = new Map<string, number>();
  for (const finalizer of left.flatMap(({ finalizers }) => finalizers))
    counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`);
  return parts.length === 0
    ? {
        type,
        status: "False",
        reason: "ContentHasNoFinalizers",
        message: "All content-preserving finalizers finished",
      }
    : {
        type,
        status: "True",
        reason: "SomeFinalizersRemain",
        message: `Some content in the namespace has finalizers remaining: ${parts.toSorted().join(", ")}`,
      };
}
