import {
  type FilteredRequest,
  type RequestFilter,
  unfitFields,
} from "../records/request-filter.js";
import type { AuditLevel } from "./audit-event.js";

/** Requests that are meant, and how much of them is written. */
export interface AuditRule extends RequestFilter {
  readonly level: AuditLevel;
}

/** The level of the first rule that fits. */
export function auditLevelOf(
  request: FilteredRequest,
  rules: readonly AuditRule[],
  otherwise: AuditLevel,
): AuditLevel {
  const rule = rules.find(({ level: _, ...filter }) => unfitFields(filter, request).length === 0);
  return rule?.level ?? otherwise;
}
