/** IANA_SVC_NAME of RFC 6335. */
export function checkPortName(name: string): string[] {
  const wrong: string[] = [];
  if (name.length > 15) wrong.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(name))
    wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) wrong.push("must contain at least one letter (a-z)");
  if (name.includes("--")) wrong.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) wrong.push("must not begin or end with a hyphen");
  return wrong;
}
