/** Kept at the package's version by a test. */
const VERSION = "0.0.0";

/** `kvop/<version> (<component>)`, as audit logs of API servers show it. */
export function userAgent(component: string): string {
  return `kvop/${VERSION} (${component.replace(/[^\w./-]/g, "_")})`;
}
