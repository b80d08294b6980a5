import {
  describeFilter,
  type RequestFilter,
  unfitFields as unfitRequestFields,
} from "./request-filter.js";
import type { RequestRecord } from "./request-record.js";

/** What has records of requests: a server, or a handle that leads to one. */
export type RequestSource =
  | { readonly name: string; readonly requests: readonly RequestRecord[] }
  | { readonly server: { readonly name: string; readonly requests: readonly RequestRecord[] } };

/** Requests that are meant, by what was asked and what was answered. */
export interface ReceivedFilter extends RequestFilter {
  /** HTTP status of the answer; 0: none was sent, or none yet. */
  readonly status?: number | readonly number[] | undefined;
}

/** How many requests are expected. Without a number: at least one. */
export interface ReceivedExpectation extends ReceivedFilter {
  readonly times?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** Whether an expectation is met, and the reason why or why not. */
export interface ReceivedVerdict {
  readonly pass: boolean;
  readonly message: string;
  /** What the nearest record says of the fields that were asked for. */
  readonly actual: unknown;
  readonly expected: unknown;
}

/** How many lines a report shows of what came close, and of what was received. */
const REPORTED_RECORDS = 5;

/** The requests that a server received and that are meant, the oldest first. */
export function requestsTo(
  source: RequestSource,
  filter: ReceivedFilter = {},
): readonly RequestRecord[] {
  return serverOf(source).requests.filter((record) => unfitFields(filter, record).length === 0);
}

/** Compares what a server received with what is expected of it. */
export function checkReceived(
  source: RequestSource,
  expectation: ReceivedExpectation,
): ReceivedVerdict {
  const { times, atLeast = times ?? 1, atMost = times ?? Infinity, ...filter } = expectation;
  const { name, requests } = serverOf(source);
  const fitting = requestsTo(source, filter);
  const pass = fitting.length >= atLeast && fitting.length <= atMost;
  const wanted = wantedCount(times, atLeast, atMost);
  const lines = [
    `server "${name}" received ${countOf(fitting.length)}: ${describeReceived(filter)}`,
    `expected: ${wanted}`,
    ...section("received", fitting),
    ...(fitting.length < atLeast ? nearSection(filter, requests, fitting) : []),
    ...(requests.length === 0 ? ["it received no request at all"] : []),
  ];
  const [near] = nearest(filter, requests, fitting);
  return {
    pass,
    message: lines.join("\n"),
    actual: fieldsOf(filter, fitting[0] ?? near?.record),
    expected: filter,
  };
}

/** Compares the order of what a server received: each filter means a request after that of the one before. */
export function checkReceivedInOrder(
  source: RequestSource,
  filters: readonly ReceivedFilter[],
): ReceivedVerdict {
  const { name, requests } = serverOf(source);
  const found: RequestRecord[] = [];
  let from = 0;
  for (const filter of filters) {
    const index = requests.findIndex(
      (record, at) => at >= from && unfitFields(filter, record).length === 0,
    );
    const record = requests[index];
    if (record === undefined) break;
    found.push(record);
    from = index + 1;
  }
  const pass = found.length === filters.length;
  const missing = filters[found.length] ?? {};
  const rest = requests.slice(from);
  const lines = [
    pass
      ? `server "${name}" received these requests in this order`
      : `server "${name}" did not receive, ${found.length === 0 ? "at all" : `after #${found.at(-1)?.id}`}: ${describeReceived(missing)}`,
    ...section("in order", found),
    ...(pass ? [] : section("since then", rest)),
  ];
  return {
    pass,
    message: lines.join("\n"),
    actual: found.map(describeRecord),
    expected: filters.map(describeReceived),
  };
}

/** `#3 create pods "web" in "default" by kubectl as admin: 201`: a record in words. */
export function describeRecord(record: RequestRecord): string {
  const { id, verb, resource, subresource, namespace, name, user, userAgent, status } = record;
  const parts = [
    `#${id} ${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`,
    name === "" ? "" : JSON.stringify(name),
    namespace === "" ? "" : `in ${JSON.stringify(namespace)}`,
    userAgent === "" ? "" : `by ${JSON.stringify(userAgent)}`,
    user === "" ? "without a user" : `as ${JSON.stringify(user)}`,
  ];
  return `${parts.filter((part) => part !== "").join(" ")}: ${status === 0 ? "no answer" : status}`;
}

function serverOf(source: RequestSource): {
  readonly name: string;
  readonly requests: readonly RequestRecord[];
} {
  return "requests" in source ? source : source.server;
}

function unfitFields(filter: ReceivedFilter, record: RequestRecord): (keyof ReceivedFilter)[] {
  const { status } = filter;
  const fits = status === undefined || [status].flat().includes(record.status);
  return fits
    ? unfitRequestFields(filter, record)
    : [...unfitRequestFields(filter, record), "status"];
}

function describeReceived({ status, ...filter }: ReceivedFilter): string {
  const words = describeFilter(filter);
  return status === undefined ? words : `${words}, answered ${[status].flat().join(" or ")}`;
}

/** The records that miss by the fewest fields, no worse than by half of those that were asked for. */
function nearest(
  filter: ReceivedFilter,
  requests: readonly RequestRecord[],
  fitting: readonly RequestRecord[],
): { readonly record: RequestRecord; readonly unfit: readonly (keyof ReceivedFilter)[] }[] {
  const asked = Object.values(filter).filter((value) => value !== undefined).length;
  return requests
    .filter((record) => !fitting.includes(record))
    .map((record) => ({ record, unfit: unfitFields(filter, record) }))
    .filter(({ unfit }) => unfit.length <= Math.max(1, Math.floor(asked / 2)))
    .sort((a, b) => a.unfit.length - b.unfit.length)
    .slice(0, REPORTED_RECORDS);
}

function nearSection(
  filter: ReceivedFilter,
  requests: readonly RequestRecord[],
  fitting: readonly RequestRecord[],
): string[] {
  const near = nearest(filter, requests, fitting);
  if (near.length === 0) return section("what it received last", requests.slice(-REPORTED_RECORDS));
  return [
    "close to it:",
    ...near.map(({ record, unfit }) => {
      const misses = unfit.map(
        (field) =>
          `${field} is ${JSON.stringify(fieldOf(field, record))}, not ${String(filter[field])}`,
      );
      return `  ${describeRecord(record)} (${misses.join("; ")})`;
    }),
  ];
}

function section(title: string, records: readonly RequestRecord[]): string[] {
  if (records.length === 0) return [];
  const shown = records.slice(0, REPORTED_RECORDS).map((record) => `  ${describeRecord(record)}`);
  const more = records.length - shown.length;
  return [`${title}:`, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function fieldsOf(filter: ReceivedFilter, record: RequestRecord | undefined): unknown {
  if (record === undefined) return undefined;
  const fields = Object.keys(filter) as (keyof ReceivedFilter)[];
  return Object.fromEntries(fields.map((field) => [field, fieldOf(field, record)]));
}

function fieldOf(field: keyof ReceivedFilter, record: RequestRecord): unknown {
  if (field !== "resource") return record[field];
  return record.subresource === "" ? record.resource : `${record.resource}/${record.subresource}`;
}

function wantedCount(times: number | undefined, atLeast: number, atMost: number): string {
  if (times !== undefined) return countOf(times);
  if (atMost === Infinity) return `at least ${countOf(atLeast)}`;
  return `${atLeast} to ${countOf(atMost)}`;
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? "request" : "requests"}`;
}
