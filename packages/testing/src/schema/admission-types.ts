import type { CelStaticType } from "./cel/cel-type.js";
import { DYN, typeOfSchema } from "./cel/cel-type.js";
import { compileSchema } from "./compiled-schema.js";
import type { OpenApiSchema } from "./open-api-schema.js";

const text: OpenApiSchema = { type: "string" };
const object = (properties: Readonly<Record<string, OpenApiSchema>>): OpenApiSchema => ({
  type: "object",
  properties,
});
const textMap: OpenApiSchema = { type: "object", additionalProperties: text };
const list = (items: OpenApiSchema): OpenApiSchema => ({ type: "array", items });

const kind = object({ group: text, version: text, kind: text });
const resource = object({ group: text, version: text, resource: text });

/** `kubernetes.AdmissionRequest`. */
const REQUEST = object({
  kind,
  resource,
  subResource: text,
  requestKind: kind,
  requestResource: resource,
  requestSubResource: text,
  name: text,
  namespace: text,
  operation: text,
  userInfo: object({
    username: text,
    uid: text,
    groups: list(text),
    extra: { type: "object", additionalProperties: list(text) },
  }),
  dryRun: { type: "boolean" },
  options: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
});

/** `kubernetes.Namespace`: what expressions see of the namespace of a write. */
const NAMESPACE = object({
  metadata: object({
    name: text,
    generateName: text,
    namespace: text,
    labels: textMap,
    annotations: textMap,
    UID: text,
    creationTimestamp: { type: "string", format: "date-time" },
    deletionGracePeriodSeconds: { type: "integer" },
    deletionTimestamp: { type: "string", format: "date-time" },
    generation: { type: "integer" },
    resourceVersion: text,
    finalizers: list(text),
  }),
  spec: object({ finalizers: list(text) }),
  status: object({ phase: text }),
});

const typeOf = (schema: OpenApiSchema): CelStaticType =>
  typeOfSchema(compileSchema(schema, { root: false }));

/** The variables of expressions about a write, and their types. */
export const ADMISSION_VARIABLES: ReadonlyMap<string, CelStaticType> = new Map([
  ["object", DYN],
  ["oldObject", DYN],
  ["request", typeOf(REQUEST)],
  ["namespaceObject", typeOf(NAMESPACE)],
]);
