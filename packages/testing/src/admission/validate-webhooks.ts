import { duplicate, type FieldError, invalid, required } from "../schema/field-error.js";
import { checkDns1035Label, checkDns1123Subdomain } from "../schema/name-rules.js";
import type { JsonObject } from "../schema/json.js";
import { supported } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt, textsAt } from "./json-access.js";
import { validateMatchConditions } from "./validate-match-conditions.js";
import { validateRule } from "./validate-rule.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const REVIEW_VERSIONS = ["v1", "v1beta1"];
const URL_FORM = "; desired format: https://host[/path]";

/** ValidatingWebhookConfiguration, MutatingWebhookConfiguration. */
export function validateWebhooks(configuration: JsonObject): FieldError[] {
  const names = new Set<string>();
  return objectsAt(configuration, "webhooks").flatMap((hook, index) => {
    const path = `webhooks[${index}]`;
    const name = textAt(hook, "name");
    const errors = [...validateWebhook(hook, path), ...validateVersions(hook, path)];
    if (name !== "" && names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    return errors;
  });
}

function validateWebhook(hook: JsonObject, path: string): FieldError[] {
  const errors = validateName(textAt(hook, "name"), `${path}.name`);
  for (const [index, rule] of objectsAt(hook, "rules").entries())
    errors.push(...validateRule(rule, `${path}.rules[${index}]`));
  errors.push(
    ...supported(hook, "failurePolicy", path, ["Fail", "Ignore"]),
    ...supported(hook, "matchPolicy", path, ["Equivalent", "Exact"]),
    ...validateSideEffects(hook, path),
  );
  const timeout = numberAt(hook, "timeoutSeconds");
  if (timeout !== undefined && (timeout < 1 || timeout > 30))
    errors.push(
      invalid(
        `${path}.timeoutSeconds`,
        timeout,
        "the timeout value must be between 1 and 30 seconds",
      ),
    );
  for (const key of ["namespaceSelector", "objectSelector"])
    errors.push(...validateLabelSelector(objectAt(hook, key), `${path}.${key}`));
  errors.push(
    ...supported(hook, "reinvocationPolicy", path, ["IfNeeded", "Never"]),
    ...validateClientConfig(objectAt(hook, "clientConfig"), `${path}.clientConfig`),
    ...validateMatchConditions(hook, `${path}.matchConditions`),
  );
  return errors;
}

function validateName(name: string, path: string): FieldError[] {
  if (name === "") return [required(path)];
  const wrong = checkDns1123Subdomain(name);
  if (wrong.length > 0) return wrong.map((detail) => invalid(path, name, detail));
  return name.split(".").length >= 3
    ? []
    : [invalid(path, name, "should be a domain with at least three segments separated by dots")];
}

function validateSideEffects(hook: JsonObject, path: string): FieldError[] {
  return textAt(hook, "sideEffects") === ""
    ? [required(`${path}.sideEffects`, "must specify one of None, NoneOnDryRun")]
    : supported(hook, "sideEffects", path, ["None", "NoneOnDryRun"]);
}

function validateVersions(hook: JsonObject, owner: string): FieldError[] {
  const path = `${owner}.admissionReviewVersions`;
  const versions = textsAt(hook, "admissionReviewVersions");
  if (versions.length === 0)
    return [required(path, `must specify one of ${REVIEW_VERSIONS.join(", ")}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalid(`${path}[${index}]`, version, "duplicate version")]
      : checkDns1035Label(version).map((detail) => invalid(`${path}[${index}]`, version, detail)),
  );
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    errors.push(
      invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`),
    );
  return errors;
}

function validateClientConfig(config: JsonObject, path: string): FieldError[] {
  const { url } = config;
  const service = optionalObjectAt(config, "service");
  if ((typeof url === "string") === (service !== undefined))
    return [required(path, "exactly one of url or service is required")];
  return service === undefined
    ? validateUrl(String(url), `${path}.url`)
    : validateService(service, `${path}.service`);
}

function validateUrl(url: string, path: string): FieldError[] {
  const [, scheme = "", authority = "", query = "", fragment = ""] =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(
      url,
    ) ?? [];
  const at = authority.lastIndexOf("@");
  const errors: FieldError[] = [];
  if (scheme !== "https")
    errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${URL_FORM}`));
  if (authority.slice(at + 1) === "")
    errors.push(invalid(path, "", `host must be specified${URL_FORM}`));
  if (at >= 0)
    errors.push(
      invalid(path, authority.slice(0, at), "user information is not permitted in the URL"),
    );
  if (fragment !== "")
    errors.push(invalid(path, fragment, "fragments are not permitted in the URL"));
  if (query !== "")
    errors.push(invalid(path, query, "query parameters are not permitted in the URL"));
  return errors;
}

function validateService(service: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["name", "namespace"])
    if (textAt(service, key) === "") errors.push(required(`${path}.${key}`));
  const port = numberAt(service, "port") ?? 443;
  if (port < 1 || port > 65_535)
    errors.push(
      invalid(`${path}.port`, port, "port is not valid: must be between 1 and 65535, inclusive"),
    );
  const { path: urlPath } = service;
  return typeof urlPath === "string"
    ? [...errors, ...validatePath(urlPath, `${path}.path`)]
    : errors;
}

function validatePath(urlPath: string, path: string): FieldError[] {
  if (urlPath === "/" || urlPath === "") return [];
  if (urlPath === "//") return [invalid(path, urlPath, "segment[0] may not be empty")];
  const errors: FieldError[] = [];
  if (!urlPath.startsWith("/")) errors.push(invalid(path, urlPath, "must start with a '/'"));
  const steps = (urlPath.endsWith("/") ? urlPath.slice(1, -1) : urlPath.slice(1)).split("/");
  for (const [index, step] of steps.entries()) {
    if (step === "") errors.push(invalid(path, urlPath, `segment[${index}] may not be empty`));
    else
      for (const wrong of checkDns1123Subdomain(step))
        errors.push(invalid(path, urlPath, `segment[${index}]: ${wrong}`));
  }
  return errors;
}
