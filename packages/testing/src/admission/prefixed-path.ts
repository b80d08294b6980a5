import { type FieldError, invalid } from "../schema/field-error.js";
import { checkDns1123Subdomain } from "../schema/name-rules.js";

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** A domain and a path, as in `acme.io/foo`. */
export function checkPrefixedPath(text: string, field: string): FieldError[] {
  const slash = text.indexOf("/");
  const path = text.slice(slash + 1);
  if (slash <= 0 || path === "")
    return [invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const domain = text.slice(0, slash);
  const errors = checkDns1123Subdomain(domain).map((detail) => invalid(field, domain, detail));
  if (!PATH.test(path)) {
    const pattern = PATH.source.slice(1, -1).replaceAll(String.raw`\/`, "/");
    errors.push(invalid(field, path, `Invalid path (regex used for validation is '${pattern}')`));
  }
  return errors;
}
