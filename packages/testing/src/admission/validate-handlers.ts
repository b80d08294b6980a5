import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { notNegative, validatePort } from "./field-rules.js";
import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  valuesAt,
} from "./json-access.js";
import { checkPortName } from "./port-name.js";

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];
const SCHEMES = ["HTTP", "HTTPS"];
const HEADER_HELP =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const AMOUNTS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
];

/** One of the probes of a container. */
export function validateProbe(container: JsonObject, name: string, path: string): FieldError[] {
  const probe = optionalObjectAt(container, name);
  if (probe === undefined) return [];
  const field = `${path}.${name}`;
  const threshold = numberAt(probe, "successThreshold") ?? 1;
  const grace = numberAt(probe, "terminationGracePeriodSeconds");
  return [
    ...validateHandler(probe, field),
    ...AMOUNTS.flatMap((key) => notNegative(probe, key, field)),
    ...(grace !== undefined && grace <= 0
      ? [invalid(`${field}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : []),
    ...(grace !== undefined && name === "readinessProbe"
      ? [
          invalid(
            `${field}.terminationGracePeriodSeconds`,
            grace,
            "must not be set for readinessProbes",
          ),
        ]
      : []),
    ...(name !== "readinessProbe" && threshold > 1
      ? [invalid(`${field}.successThreshold`, threshold, "must be 1")]
      : []),
  ];
}

/** `lifecycle` of a container. */
export function validateLifecycle(
  container: JsonObject,
  path: string,
  graceSeconds: number,
): FieldError[] {
  const lifecycle = objectAt(container, "lifecycle");
  return ["postStart", "preStop"].flatMap((hook) => {
    const handler = optionalObjectAt(lifecycle, hook);
    const field = `${path}.lifecycle.${hook}`;
    return handler === undefined
      ? []
      : [...validateHandler(handler, field), ...validateSleep(handler, field, graceSeconds)];
  });
}

function validateSleep(handler: JsonObject, path: string, graceSeconds: number): FieldError[] {
  const sleep = optionalObjectAt(handler, "sleep");
  if (sleep === undefined) return [];
  const seconds = numberAt(sleep, "seconds") ?? 0;
  return seconds >= 0 && seconds <= graceSeconds
    ? []
    : [
        invalid(
          `${path}.sleep`,
          seconds,
          `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
        ),
      ];
}

function validateHandler(handler: JsonObject, path: string): FieldError[] {
  const present = HANDLERS.filter((name) => optionalObjectAt(handler, name) !== undefined);
  if (present.length === 0) return [required(path, "must specify a handler type")];
  const [first = "", ...others] = present;
  return [
    ...validateFirst(first, objectAt(handler, first), `${path}.${first}`),
    ...others.map((name) =>
      forbidden(`${path}.${name}`, "may not specify more than 1 handler type"),
    ),
  ];
}

function validateFirst(kind: string, handler: JsonObject, path: string): FieldError[] {
  switch (kind) {
    case "exec":
      return valuesAt(handler, "command").length === 0 ? [required(`${path}.command`)] : [];
    case "httpGet":
      return validateHttpGet(handler, path);
    case "tcpSocket":
    case "grpc":
      return validateTarget(handler, path);
    default:
      return [];
  }
}

function validateHttpGet(handler: JsonObject, path: string): FieldError[] {
  const scheme = textAt(handler, "scheme");
  return [
    ...(textAt(handler, "path") === "" ? [required(`${path}.path`)] : []),
    ...validateTarget(handler, path),
    ...(SCHEMES.includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, SCHEMES)]),
    ...objectsAt(handler, "httpHeaders").flatMap((header) => {
      const name = textAt(header, "name");
      return /^[-A-Za-z0-9]+$/.test(name)
        ? []
        : [invalid(`${path}.httpHeaders`, name, HEADER_HELP)];
    }),
  ];
}

function validateTarget(handler: JsonObject, path: string): FieldError[] {
  const { port } = handler;
  if (typeof port === "number") return validatePort(port, `${path}.port`);
  return typeof port === "string"
    ? checkPortName(port).map((detail) => invalid(`${path}.port`, port, detail))
    : [];
}
