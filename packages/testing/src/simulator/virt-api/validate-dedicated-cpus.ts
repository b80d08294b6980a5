import { objectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { parseQuantity } from "../../schema/quantity.js";
import { bytesOf } from "../virt-controller/launcher-resources.js";
import { invalid, required, type WebhookCause } from "./webhook-refusal.js";

const NANOS = 1_000_000_000n;
const MOST_THREADS = 2;

/** CPUs of its own need amounts that a node can set aside. */
export function validateDedicatedCpus(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const cpu = objectAt(domain, "cpu");
  if (cpu["dedicatedCpuPlacement"] !== true) return [];
  const resources = `${path}.domain.resources`;
  const requests = objectAt(objectAt(domain, "resources"), "requests");
  const limits = objectAt(objectAt(domain, "resources"), "limits");
  const causes: WebhookCause[] = [];
  const add = (message: string, field: string): void => {
    causes.push(invalid(message, field));
  };
  const requestedBytes = bytesOf(textAt(requests, "memory"));
  const limitedBytes = bytesOf(textAt(limits, "memory"));
  if (requestedBytes === 0 && limitedBytes === 0) {
    add(
      `${resources}.requests.memory or ${resources}.limits.memory should be provided`,
      `${resources}.limits.memory`,
    );
  }
  const requested = nanosOf(requests);
  const limited = nanosOf(limits);
  if (requested % NANOS !== 0n)
    add("provided resources CPU requests must be an interger", `${resources}.requests.cpu`);
  if (limited % NANOS !== 0n)
    add("provided resources CPU limits must be an interger", `${resources}.limits.cpu`);
  if (requestedBytes > 0 && limitedBytes > 0 && requestedBytes !== limitedBytes) {
    add(
      `${resources}.requests.memory must be equal to ${resources}.limits.memory`,
      `${resources}.requests.memory`,
    );
  }
  const vcpus = BigInt(vcpusOf(cpu));
  const when = "when DedicatedCPUPlacement is true ";
  const placement = `${path}.domain.cpu.dedicatedCpuPlacement`;
  if (requested === 0n && limited === 0n && vcpus === 0n) {
    add(
      `either ${resources}.requests.cpu or ${resources}.limits.cpu or ${path}.domain.cpu.cores must be provided ${when}`,
      placement,
    );
  }
  if (requested > 0n && limited > 0n && requested !== limited) {
    add(`${resources}.requests.cpu or ${resources}.limits.cpu must be equal ${when}`, placement);
  }
  const isOther = requested !== vcpus * NANOS && limited !== vcpus * NANOS;
  if ((requested > 0n || limited > 0n) && vcpus > 0n && isOther) {
    add(
      `${resources}.requests.cpu or ${resources}.limits.cpu must not be provided at the same time with ${path}.domain.cpu.cores ${when}`,
      placement,
    );
  }
  const threads = Number(cpu["threads"] ?? 0);
  if (threads > MOST_THREADS) {
    const field = `${path}.domain.cpu.threads`;
    add(
      `Not more than two threads must be provided at ${field} (got ${threads}) when DedicatedCPUPlacement is true`,
      placement,
    );
  }
  return causes;
}

/** What is left open counts as one, unless all of it is. */
function vcpusOf(cpu: JsonObject): number {
  const parts = ["sockets", "cores", "threads"].map((part) => Number(cpu[part] ?? 0));
  return parts.every((part) => part === 0) ? 0 : parts.reduce((all, part) => all * (part || 1), 1);
}

/** A guest that knows its host's NUMA nodes, or keeps time by them. */
export function validateNuma(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const cpu = objectAt(domain, "cpu");
  const passthrough = `${path}.domain.cpu.numa.guestMappingPassthrough`;
  if (objectAt(cpu, "numa")["guestMappingPassthrough"] === undefined) return [];
  const when = `when NUMA topology strategy is set in ${passthrough}`;
  const causes: WebhookCause[] = [];
  if (cpu["dedicatedCpuPlacement"] !== true) {
    const field = `${path}.domain.cpu.dedicatedCpuPlacement`;
    const message = `${field} must be set to true ${when}`;
    causes.push(invalid(message, field));
  }
  if (objectAt(domain, "memory")["hugepages"] === undefined) {
    const field = `${path}.domain.memory.hugepages`;
    const message = `${field} must be requested ${when}`;
    causes.push(invalid(message, passthrough));
  }
  return causes;
}

export function validateRealtime(path: string, spec: JsonObject): WebhookCause[] {
  const cpu = objectAt(objectAt(spec, "domain"), "cpu");
  const at = `${path}.domain.cpu`;
  if (cpu["realtime"] === undefined) return [];
  const causes: WebhookCause[] = [];
  if (cpu["dedicatedCpuPlacement"] !== true) {
    const field = `${at}.dedicatedCpuPlacement`;
    const message = `${field} must be set to true when ${at}.realtime is used`;
    causes.push(required(message, field));
  }
  if (objectAt(cpu, "numa")["guestMappingPassthrough"] === undefined) {
    const field = `${at}.numa.guestMappingPassthrough`;
    const message = `${field} must be defined when ${at}.realtime is used`;
    causes.push(required(message, field));
  }
  return causes;
}

function nanosOf(amounts: JsonObject): bigint {
  return parseQuantity(textAt(amounts, "cpu"))?.nanos ?? 0n;
}
