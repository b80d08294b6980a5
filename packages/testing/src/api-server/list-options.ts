import { type FieldError, forbidden, notSupported } from "../schema/field-error.js";
import { type FieldTerm, readFieldSelector, selectFields } from "./field-selector.js";
import { parseLabelSelector } from "./label-selector.js";
import { integerOf, isTrue } from "./query-values.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import { everything, type Selector } from "./selector.js";

/** The options of a list, watch or deletecollection. */
export interface ListOptions {
  readonly labels: Selector;
  readonly fields: Selector;
  /** Whether anything can be left out. */
  readonly isSelective: boolean;
  /** The one name that is let through; it need not be valid. */
  readonly name: string | undefined;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds: number;
  /** 0: everything. */
  readonly limit: number;
  readonly continueToken: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
}

/**
 * Reads the options in the order in which the real server does: what cannot be read, what does not go together, then fields
 * that the resource does not offer.
 *
 * @throws ApiError
 */
export function readListOptions(query: URLSearchParams, resource: ServedResource): ListOptions {
  const timeoutSeconds = integerOf(query, "timeoutSeconds") ?? 0;
  const limit = integerOf(query, "limit") ?? 0;
  const labelSelector = query.get("labelSelector") ?? "";
  const labels = labelSelector === "" ? everything : parseLabelSelector(labelSelector);
  const terms = readFieldSelector(query.get("fieldSelector") ?? "");
  const errors = isTrue(query.get("watch")) ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw refuse.invalidListOptions(errors);
  return {
    labels,
    fields: selectFields(terms, resource),
    isSelective: labelSelector !== "" || terms.length > 0,
    name: nameOf(terms),
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    timeoutSeconds,
    limit,
    continueToken: query.get("continue") ?? "",
    sendInitialEvents: query.has("sendInitialEvents")
      ? isTrue(query.get("sendInitialEvents"))
      : undefined,
    allowWatchBookmarks: isTrue(query.get("allowWatchBookmarks")),
  };
}

function nameOf(terms: readonly FieldTerm[]): string | undefined {
  return terms.find(({ field, isNegated }) => field === "metadata.name" && !isNegated)?.value;
}

const MATCH = "resourceVersionMatch";
const WITH_CONTINUE = forbidden(
  MATCH,
  "resourceVersionMatch is forbidden when continue is provided",
);

function listErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(MATCH) ?? "";
  const version = query.get("resourceVersion") ?? "";
  if (match !== "") {
    if (version === "") {
      errors.push(
        forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
      );
    }
    if ((query.get("continue") ?? "") !== "") errors.push(WITH_CONTINUE);
    if (match !== "Exact" && match !== "NotOlderThan")
      errors.push(notSupported(MATCH, match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && version === "0") {
      errors.push(
        forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
    }
  }
  if (query.has("sendInitialEvents"))
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const hasInitial = query.has("sendInitialEvents");
  const match = query.get(MATCH) ?? "";
  if (hasInitial && match !== "NotOlderThan") {
    errors.push(
      forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
    );
  }
  // A watch from now, or from anywhere, sends what there is as if it had been asked to.
  const version = query.get("resourceVersion") ?? "";
  const isImplied = !hasInitial && match === "" && (version === "" || version === "0");
  if (match === "" && !isImplied) return errors;
  if (!hasInitial && !isImplied) {
    errors.push(
      forbidden(
        MATCH,
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    );
  }
  if (match !== "" && match !== "NotOlderThan")
    errors.push(notSupported(MATCH, match, ["NotOlderThan"]));
  if ((query.get("continue") ?? "") !== "") errors.push(WITH_CONTINUE);
  return errors;
}
