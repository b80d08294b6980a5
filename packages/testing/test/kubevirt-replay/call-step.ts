import {
  ConfigMap,
  DataVolume,
  defineResource,
  type KubernetesObject,
  Namespace,
  NetworkAttachmentDefinition,
  PersistentVolumeClaim,
  type Resource,
  Secret,
  StorageClass,
  type Transport,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";
import type { RecordedStep } from "./recording.js";

function builtIn(kind: string, plural: string, group = ""): Resource {
  return defineResource({ group, version: "v1", kind, plural, namespaced: true });
}

/** The kinds that a step may name. */
export const KINDS: Readonly<Record<string, Resource>> = {
  VirtualMachine,
  VirtualMachineInstance,
  Pod: builtIn("Pod", "pods"),
  PersistentVolumeClaim,
  DataVolume,
  Secret,
  ConfigMap,
  ServiceAccount: builtIn("ServiceAccount", "serviceaccounts"),
  ControllerRevision: builtIn("ControllerRevision", "controllerrevisions", "apps"),
  NetworkAttachmentDefinition,
  Namespace,
  StorageClass,
};

/** Makes the call of a step; says in words what differs from the recorded answer. */
export async function callAndCompare(
  step: RecordedStep,
  namespace: string,
  transport: Transport,
): Promise<string[]> {
  const expected = step.response;
  const answer = await call(step, namespace, transport);
  const differences: string[] = [];
  if (expected === undefined) return differences;
  if (answer.status !== expected.code)
    differences.push(`${step.do}: recorded ${expected.code}, seen ${answer.status}`);
  const isRefused = expected.code >= 400;
  if (isRefused && JSON.stringify(sorted(answer.body)) !== JSON.stringify(sorted(expected.body)))
    differences.push(
      `${step.do}: recorded ${JSON.stringify(expected.body)}, seen ${JSON.stringify(answer.body)}`,
    );
  const warnings = (expected.warnings ?? [])
    .map((text) => `299 - ${JSON.stringify(text)}`)
    .join(", ");
  if ((answer.warning ?? "") !== warnings)
    differences.push(`${step.do}: recorded warning ${warnings}, seen ${answer.warning ?? ""}`);
  return differences;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly warning: string | undefined;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

async function call(step: RecordedStep, namespace: string, transport: Transport): Promise<Answer> {
  const [verb = "", target = "", name = "", subresource = ""] = step.do.split(" ");
  const method = METHODS.find((each) => each === verb);
  if (method !== undefined) {
    const path = target.startsWith("/")
      ? target
      : `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${target}`;
    return send(transport, method, path, step.body ?? step.patch ?? step.options, {
      contentType: step.patchType,
      accept: step.accept ?? "application/json, */*",
    });
  }
  const all = collectionPath(target, namespace);
  const one = `${all}/${name}${subresource === "" ? "" : `/${subresource}`}`;
  switch (verb) {
    case "create":
      return send(transport, "POST", all, step.manifest as KubernetesObject);
    case "get":
      return send(transport, "GET", one, undefined);
    case "patch":
      return send(transport, "PATCH", one, step.patch, { contentType: step.patchType });
    case "replace":
    case "update":
      return send(transport, "PUT", one, step.manifest as KubernetesObject);
    case "delete":
      return send(transport, "DELETE", one, step.options);
    case "evict":
      return send(transport, "POST", `${one}/eviction`, {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace },
        ...(step.options === undefined ? {} : { deleteOptions: step.options }),
        ...step.body,
      });
    default:
      throw new Error(`unknown step: ${step.do}`);
  }
}

function collectionPath(kind: string, namespace: string): string {
  const resource = KINDS[kind];
  if (resource === undefined) throw new Error(`a step about an unknown kind: ${kind}`);
  const api = resource.group === "" ? "api" : `apis/${resource.group}`;
  const inNamespace = resource.namespaced ? `/namespaces/${namespace}` : "";
  return `/${api}/${resource.version}${inNamespace}/${resource.plural}`;
}

async function send(
  transport: Transport,
  method: Method,
  path: string,
  body: object | undefined,
  options: { readonly contentType?: string | undefined; readonly accept?: string } = {},
): Promise<Answer> {
  const {
    status,
    body: answered,
    headers,
  } = await transport.request({
    method,
    path,
    verb: "update",
    resource: "",
    timeoutMs: 0,
    ...(body === undefined ? {} : { body }),
    ...options,
  });
  return { status, body: answered, warning: headers["warning"] };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
