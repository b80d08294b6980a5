import type { ConformanceCase, Step, Topic } from "./case.js";

type Extra = Omit<Step, "method" | "path" | "body">;

export const get = (path: string, query: Step["query"] = {}, extra: Extra = {}): Step => ({
  path,
  query,
  ...extra,
});

export const post = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: "POST",
  path,
  body,
  ...extra,
});

export const put = (path: string, body: unknown, extra: Extra = {}): Step => ({
  method: "PUT",
  path,
  body,
  ...extra,
});

export const del = (path: string, body?: unknown, extra: Extra = {}): Step => ({
  method: "DELETE",
  path,
  body,
  ...extra,
});

const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export const patch = (
  type: keyof typeof PATCH_TYPES,
  path: string,
  body: unknown,
  extra: Extra = {},
): Step => ({ method: "PATCH", path, body, contentType: PATCH_TYPES[type], ...extra });

/** Server-side apply as a field manager. */
export const apply = (path: string, manager: string, body: unknown, extra: Extra = {}): Step =>
  patch("apply", path, body, { ...extra, query: { fieldManager: manager, ...extra.query } });

/** Sends the step without comparing its answer. */
export const quiet = (step: Step): Step => ({ ...step, quiet: true });

export const testCase = (name: string, ...steps: readonly Step[]): ConformanceCase => ({
  name,
  steps,
});

/** A case that needs no namespace. */
export const clusterCase = (name: string, ...steps: readonly Step[]): ConformanceCase => ({
  name,
  namespace: false,
  steps,
});

export const topic = (name: string, cases: readonly ConformanceCase[]): Topic => ({ name, cases });

/** A topic of cases that say what controllers do. */
export const controllerTopic = (name: string, cases: readonly ConformanceCase[]): Topic => ({
  name,
  hasControllers: true,
  cases,
});
