import { type FieldError, invalid } from "../schema/field-error.js";

/** A path below some folder: neither absolute nor out of it. */
export function validateRelativePath(path: string, field: string): FieldError[] {
  return [
    ...(path.startsWith("/") ? [invalid(field, path, "must be a relative path")] : []),
    ...validateNoWayUp(path, field),
  ];
}

/** A path that does not lead out of its folder. */
export function validateNoWayUp(path: string, field: string): FieldError[] {
  return path.split("/").includes("..") ? [invalid(field, path, "must not contain '..'")] : [];
}
