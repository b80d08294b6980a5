import { InvalidNameError } from "./errors/invalid-name-error.js";

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/**
 * Checks that a name can be an object's (RFC 1123 subdomain, at most 253 characters).
 *
 * @throws InvalidNameError
 */
export function checkObjectName(name: unknown, subject: string): asserts name is string {
  if (typeof name !== "string") throw new InvalidNameError({ subject, invalidName: String(name) });
  if (name.length > 253 || !SUBDOMAIN.test(name))
    throw new InvalidNameError({ subject, invalidName: name });
}
