import { forbidden, invalid, notSupported, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { ownValue } from "./json.js";
import type { JsonObject } from "./json.js";
import { readObject, readText, readTexts } from "./json-read.js";
import { checkDns1035Label } from "./name-rules.js";

const FIELD = "spec.conversion";
const CLIENT_CONFIG = `${FIELD}.webhookClientConfig`;
const REVIEW_VERSIONS = `${FIELD}.conversionReviewVersions`;
const KNOWN_REVIEW_VERSIONS = ["v1", "v1beta1"];

/** What is wrong with `spec.conversion`; paths are those of the real server's internal version. */
export function validateConversion(conversion: JsonObject | undefined): FieldError[] {
  if (conversion === undefined) return [];
  const strategy = readText(conversion, "strategy");
  const webhook = readObject(conversion, "webhook");
  const clientConfig = readObject(webhook, "clientConfig");
  const versions = readTexts(webhook, "conversionReviewVersions");
  const errors: FieldError[] = [];
  if (strategy === "") errors.push(required(`${FIELD}.strategy`));
  else if (strategy !== "None" && strategy !== "Webhook") {
    errors.push(notSupported(`${FIELD}.strategy`, strategy, ["None", "Webhook"]));
  }
  if (strategy === "Webhook") {
    if (clientConfig === undefined) {
      errors.push(required(CLIENT_CONFIG, "required when strategy is set to Webhook"));
    } else errors.push(...validateClientConfig(clientConfig));
    errors.push(...validateReviewVersions(versions));
    return errors;
  }
  const detail = "should not be set when strategy is not set to Webhook";
  if (clientConfig !== undefined) errors.push(forbidden(CLIENT_CONFIG, detail));
  if (versions.length > 0) errors.push(forbidden(REVIEW_VERSIONS, detail));
  return errors;
}

function validateReviewVersions(versions: readonly string[]): FieldError[] {
  if (versions.length === 0) return [required(REVIEW_VERSIONS)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const field = `${REVIEW_VERSIONS}[${index}]`;
    if (seen.has(version)) errors.push(invalid(field, version, "duplicate version"));
    seen.add(version);
    const wrong = checkDns1035Label(version);
    if (wrong.length > 0) errors.push(invalid(field, version, wrong.join(",")));
  }
  if (!versions.some((version) => KNOWN_REVIEW_VERSIONS.includes(version))) {
    errors.push(
      invalid(
        REVIEW_VERSIONS,
        versions,
        `must include at least one of ${KNOWN_REVIEW_VERSIONS.join(", ")}`,
      ),
    );
  }
  return errors;
}

function validateClientConfig(config: JsonObject): FieldError[] {
  const url = ownValue(config, "url");
  const service = readObject(config, "service");
  if ((typeof url === "string") === (service !== undefined)) {
    return [required(CLIENT_CONFIG, "exactly one of url or service is required")];
  }
  if (typeof url === "string") return validateUrl(url);
  return service === undefined ? [] : validateService(service);
}

const URL_FORM = "; desired format: https://host[/path]";

function validateUrl(text: string): FieldError[] {
  const field = `${CLIENT_CONFIG}.url`;
  const errors: FieldError[] = [];
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(
      text,
    );
  if (match === null) {
    return [required(field, `url must be a valid URL: parse "${text}"${URL_FORM}`)];
  }
  const [, scheme = "", host = "", , query = "", fragment = ""] = match;
  if (scheme !== "https") {
    errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${URL_FORM}`));
  }
  if (host === "") errors.push(invalid(field, host, `host must be specified${URL_FORM}`));
  if (host.includes("@")) {
    errors.push(
      invalid(
        field,
        host.slice(0, host.lastIndexOf("@")),
        "user information is not permitted in the URL",
      ),
    );
  }
  if (fragment !== "") {
    errors.push(invalid(field, fragment, "fragments are not permitted in the URL"));
  }
  if (query !== "") {
    errors.push(invalid(field, query, "query parameters are not permitted in the URL"));
  }
  return errors;
}

function validateService(service: JsonObject): FieldError[] {
  const field = `${CLIENT_CONFIG}.service`;
  const errors: FieldError[] = [];
  if (readText(service, "name") === "") errors.push(required(`${field}.name`));
  if (readText(service, "namespace") === "") errors.push(required(`${field}.namespace`));
  const port = ownValue(service, "port") ?? 443;
  if (typeof port === "number" && (port < 1 || port > 65_535)) {
    errors.push(
      invalid(`${field}.port`, port, "port is not valid: must be between 1 and 65535, inclusive"),
    );
  }
  const path = ownValue(service, "path");
  if (typeof path === "string") errors.push(...validatePath(path, `${field}.path`));
  return errors;
}

function validatePath(path: string, field: string): FieldError[] {
  if (path === "/") return [];
  if (path === "//") return [invalid(field, path, "segment[0] may not be empty")];
  if (!path.startsWith("/")) return [invalid(field, path, "must start with a '/'")];
  return path
    .slice(1)
    .replace(/\/$/, "")
    .split("/")
    .flatMap((segment, index) =>
      segment === "" ? [invalid(field, path, `segment[${index}] may not be empty`)] : [],
    );
}
