import type { Resource } from "./resource.js";

/** Where in a resource a path leads. */
export interface PathTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * The URL path of a resource's collection, object or subresource.
 *
 * @throws TypeError when an object of a namespaced resource is asked for without a namespace, a name is empty, or a part
 *   would change the path (`.`, `..`, or a slash): such a request must never be sent.
 */
export function pathOf(resource: Resource, target: PathTarget = {}): string {
  const root = resource.group === "" ? "/api" : `/apis/${segment(resource.group)}`;
  const { namespace, name, subresource } = target;
  let path = `${root}/${segment(resource.version)}`;
  if (resource.namespaced && namespace !== undefined && namespace !== "")
    path += `/namespaces/${segment(namespace)}`;
  path += `/${segment(resource.plural)}`;
  if (name === undefined) return path;
  if (resource.namespaced && (namespace === undefined || namespace === "")) {
    throw new TypeError(`${resource.kind} "${name}" needs a namespace: pass { namespace, name }.`);
  }
  path += `/${segment(name)}`;
  if (subresource !== undefined) path += `/${subresource.split("/").map(segment).join("/")}`;
  return path;
}

/** Nearly all names: nothing in them is to be encoded. */
const PLAIN = /^[a-z0-9][a-z0-9.-]*$/;

function segment(text: string): string {
  if (PLAIN.test(text)) return text;
  if (text === "" || text === "." || text === ".." || text.includes("/")) {
    throw new TypeError(
      `${JSON.stringify(text)} cannot stand in a path: give the plain name of the object.`,
    );
  }
  return encodeURIComponent(text);
}
