/** The package's version, put in by the build. */
declare const KVOP_VERSION: string;

/** `kvop/<version> (<component>)`, as audit logs of API servers show it. */
export function userAgent(component: string): string {
  return `kvop/${KVOP_VERSION} (${component.replace(/[^\w./-]/g, "_")})`;
}
