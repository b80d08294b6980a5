import { ApiError, type Status } from "@kvop/core";
import { goQuote } from "../schema/go-format.js";
import { type FieldError, invalidStatusDetails } from "../schema/field-error.js";
import { withoutStrayBytes } from "./percent-decoded.js";

/** The resource that a refusal speaks of. */
export interface RefusedResource {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

function refusal(
  code: number,
  reason: string,
  message: string,
  details?: Status["details"],
): ApiError {
  return new ApiError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    },
    { httpStatus: code },
  );
}

const qualified = ({ group, plural }: RefusedResource): string =>
  group === "" ? plural : `${plural}.${group}`;

const named = (
  { group, plural }: RefusedResource,
  name: string,
): NonNullable<Status["details"]> => ({
  ...(name === "" ? {} : { name: withoutStrayBytes(name) }),
  ...(group === "" ? {} : { group }),
  kind: plural,
});

const MEDIA_TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The Go type of a kind, as some messages show it. */
function goTypeOf({ group, kind }: RefusedResource): string {
  return `*${group === "" ? "core" : (group.split(".")[0] ?? group)}.${kind}`;
}

/** The refusals of an API server, in its own words. */
export const refuse = {
  notFound: (resource: RefusedResource, name: string) =>
    refusal(
      404,
      "NotFound",
      `${qualified(resource)} ${goQuote(name)} not found`,
      named(resource, name),
    ),
  noSuchPath: () =>
    refusal(404, "NotFound", "the server could not find the requested resource", {}),
  alreadyExists: (resource: RefusedResource, name: string, isBeingDeleted = false) =>
    refusal(
      409,
      "AlreadyExists",
      `${isBeingDeleted ? "object is being deleted: " : ""}${qualified(resource)} "${name}" already exists`,
      named(resource, name),
    ),
  conflict: (resource: RefusedResource, name: string, why: string) =>
    refusal(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
      named(resource, name),
    ),
  stale: (resource: RefusedResource, name: string) =>
    refuse.conflict(
      resource,
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    ),
  /** A delete of an unreadable object met one that can be read. */
  readable: (
    resource: RefusedResource & { readonly isCustom: boolean },
    namespace: string,
    name: string,
  ) => {
    const { group, plural, isCustom } = resource;
    const place = [isCustom ? group : "", plural, namespace, name]
      .filter((part) => part !== "")
      .join("/");
    return refuse.conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${place}, ResourceVersion: 0, AdditionalErrorMsg: unsafe deletion is not allowed because the object is decodable from storage`,
    );
  },
  invalid: (resource: RefusedResource, name: string, errors: readonly FieldError[]) => {
    const { message, details } = invalidStatusDetails(resource, name, errors);
    return refusal(422, "Invalid", message, details);
  },
  /** A patch whose outcome strict validation refuses. */
  invalidPatch: (shown: string, message: string) =>
    refusal(422, "Invalid", ` "" is invalid: patch: Invalid value: ${goQuote(shown)}: ${message}`, {
      causes: [
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: ${goQuote(shown)}: ${message}`,
          field: "patch",
        },
      ],
    }),
  unprocessable: (message: string) => refusal(422, "Invalid", message),
  badRequest: (message: string) => refusal(400, "BadRequest", message),
  unavailable: (message: string) => refusal(503, "ServiceUnavailable", message),
  unauthorized: () => refusal(401, "Unauthorized", "Unauthorized"),
  forbidden: (resource: RefusedResource, name: string, message: string) =>
    refusal(403, "Forbidden", message, named(resource, name)),
  forbiddenPath: (message: string) => refusal(403, "Forbidden", message, {}),
  namespaceTerminating: (resource: RefusedResource, name: string, namespace: string) =>
    refusal(
      403,
      "Forbidden",
      `${qualified(resource)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        ...named(resource, name),
        causes: [
          {
            reason: "NamespaceTerminating",
            message: `namespace ${namespace} is being terminated`,
            field: "metadata.namespace",
          },
        ],
      },
    ),
  methodNotAllowed: () =>
    refusal(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
      {},
    ),
  methodNotSupported: (resource: RefusedResource, verb: string) =>
    refusal(
      405,
      "MethodNotAllowed",
      `${verb} is not supported on resources of kind "${qualified(resource)}"`,
      named(resource, ""),
    ),
  noRepresentation: (type: string) =>
    refusal(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${type}`, {}),
  notAcceptable: (types: string) =>
    refusal(406, "NotAcceptable", `only the following media types are accepted: ${types}`),
  /** No type that an endpoint has at all is named. */
  unavailableType: (isList: boolean) =>
    refusal(
      406,
      "NotAcceptable",
      `406: Not Acceptable\n\nAvailable representations: ${MEDIA_TYPES}${isList ? ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch" : ""}`,
      {},
    ),
  unknownIncludeObject: (value: string) =>
    refusal(
      400,
      "BadRequest",
      `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(value)}: must be 'Metadata', 'Object', 'None', or empty`,
    ),
  listAskedAsObject: (resource: RefusedResource & { readonly isCustom: boolean }) =>
    refusal(
      406,
      "NotAcceptable",
      `you requested PartialObjectMetadata, but the requested object is a list (${resource.isCustom ? "*unstructured.Unstructured" : goTypeOf(resource)}List)`,
    ),
  objectAskedAsList: (resource: RefusedResource) =>
    refusal(
      406,
      "NotAcceptable",
      `you requested PartialObjectMetadataList, but the requested object is not a list (${goTypeOf(resource)})`,
    ),
  tooManyRequests: (
    message: string,
    cause: { readonly reason: string; readonly message: string },
    retryAfterSeconds?: number,
  ) =>
    refusal(429, "TooManyRequests", message, {
      causes: [cause],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    }),
  tooLarge: (message: string) => refusal(413, "RequestEntityTooLarge", message),
  /** The options of a list or watch do not go together. */
  invalidListOptions: (errors: readonly FieldError[]) =>
    refuse.invalid({ group: "meta.k8s.io", plural: "", kind: "ListOptions" }, "", errors),
  unsupportedMediaType: (accepted: string) =>
    refusal(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    ),
  expired: (message = "The resourceVersion for the provided watch is too old.") =>
    refusal(410, "Expired", message),
  /** @param next goes on at the present version. */
  expiredContinue: (next: string) => {
    const message =
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
    const { status } = refusal(410, "Expired", message);
    return new ApiError({ ...status, metadata: { continue: next } }, { httpStatus: 410 });
  },
  futureVersion: (asked: string, present: number) =>
    refusal(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${present}`, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    }),
  internal: (message: string) =>
    new ApiError(
      { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 },
      { httpStatus: 500 },
    ),
  /** A fault that the real server words as its own. */
  internalError: (message: string) =>
    refusal(500, "InternalError", `Internal error occurred: ${message}`, {
      causes: [{ message } as never],
    }),
  patch: (code: 400 | 413 | 422 | 500, message: string) => {
    switch (code) {
      case 400:
        return refuse.badRequest(message);
      case 413:
        return refuse.tooLarge(message);
      case 422:
        return refusal(422, "Invalid", message, {});
      default:
        return refuse.internal(message);
    }
  },
  /** A patch of a type that no resource takes. */
  unknownPatchType: () => refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}),
  watchNotSupported: (resource: RefusedResource) =>
    refusal(
      405,
      "MethodNotAllowed",
      `watch is not supported on resources of kind "${resource.plural}"`,
      { kind: resource.plural },
    ),
  applyConflict: (
    message: string,
    conflicts: readonly {
      readonly reason: string;
      readonly message: string;
      readonly path: string;
    }[],
  ) =>
    refusal(409, "Conflict", message, {
      causes: conflicts.map(({ reason, message: why, path }) => ({
        reason,
        message: why,
        field: path,
      })),
    }),
  notServed: (what: string) =>
    refusal(
      501,
      "NotImplemented",
      `${what} is not served by this API server; see its list of known limits`,
    ),
} as const;
