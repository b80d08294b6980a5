import type { OpenApiSchema } from "./open-api-schema.js";

const TEXT: OpenApiSchema = { type: "string" };
const TIME: OpenApiSchema = { type: "string", format: "date-time" };
const TEXT_MAP: OpenApiSchema = { type: "object", additionalProperties: TEXT };

/** The fields of `ObjectMeta` (meta/v1): what `metadata` of any object may hold. */
export const OBJECT_META_SCHEMA: OpenApiSchema = {
  type: "object",
  properties: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: TEXT,
    resourceVersion: TEXT,
    generation: { type: "integer", format: "int64" },
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: { type: "integer", format: "int64" },
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    ownerReferences: {
      type: "array",
      items: {
        type: "object",
        properties: {
          apiVersion: TEXT,
          kind: TEXT,
          name: TEXT,
          uid: TEXT,
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
    },
    finalizers: { type: "array", items: TEXT },
    managedFields: {
      type: "array",
      items: {
        type: "object",
        properties: {
          manager: TEXT,
          operation: TEXT,
          apiVersion: TEXT,
          time: TIME,
          fieldsType: TEXT,
          fieldsV1: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          subresource: TEXT,
        },
      },
    },
  },
};
