import { goStruct } from "./go-struct.js";
import { type FieldError, invalid, notSupported, required } from "../schema/field-error.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import { checkDns1123Subdomain, checkPathSegment } from "../schema/name-rules.js";
import { objectAt, objectsAt, optionalObjectAt, textAt, valuesAt } from "./json-access.js";
import { validateLabelSelector } from "./validate-label-selector.js";

const GROUP = "rbac.authorization.k8s.io";

/** Role, ClusterRole. */
export function validateRole(kind: string, role: JsonObject): FieldError[] {
  const rules = objectsAt(role, "rules");
  const errors = [
    ...rules.flatMap((rule, index) => validateRule(kind, rule, `rules[${index}]`)),
    ...validateAggregation(optionalObjectAt(role, "aggregationRule")),
  ];
  // Told last by the real server, which checks them by another way.
  for (const [index, rule] of rules.entries()) {
    if (valuesAt(rule, "verbs").length === 0) errors.push(required(`rules[${index}].verbs`));
  }
  return errors;
}

/** Which ClusterRoles one is put together from. */
function validateAggregation(aggregation: JsonObject | undefined): FieldError[] {
  if (aggregation === undefined) return [];
  const path = "aggregationRule.clusterRoleSelectors";
  const selectors = objectsAt(aggregation, "clusterRoleSelectors");
  if (selectors.length === 0) {
    const detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    return [required(path, detail)];
  }
  return selectors.flatMap((selector, index) => {
    const errors = validateLabelSelector(selector, `${path}[${index}]`);
    return errors.length === 0
      ? []
      : [...errors, invalid(`${path}[${index}]`, null, "invalid label selector.")];
  });
}

function validateRule(kind: string, rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const urls = valuesAt(rule, "nonResourceURLs");
  const groups = valuesAt(rule, "apiGroups");
  const resources = valuesAt(rule, "resources");
  if (urls.length > 0) {
    if (kind === "Role") {
      errors.push(
        invalid(
          `${path}.nonResourceURLs`,
          urls,
          "namespaced rules cannot apply to non-resource URLs",
        ),
      );
    }
    if (groups.length > 0 || resources.length > 0 || valuesAt(rule, "resourceNames").length > 0) {
      const detail = "rules cannot apply to both regular resources and non-resource URLs";
      errors.push(invalid(`${path}.nonResourceURLs`, urls, detail));
    }
    return errors;
  }
  if (groups.length === 0)
    errors.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  if (resources.length === 0)
    errors.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  return errors;
}

/** RoleBinding, ClusterRoleBinding. */
export function validateBinding(
  kind: string,
  binding: JsonObject,
  old: JsonObject | undefined,
): FieldError[] {
  const roleRef = objectAt(binding, "roleRef");
  const roleKind = textAt(roleRef, "kind");
  const errors: FieldError[] = [];
  if (textAt(roleRef, "apiGroup") !== GROUP) {
    errors.push(notSupported("roleRef.apiGroup", textAt(roleRef, "apiGroup"), [GROUP]));
  }
  const name = textAt(roleRef, "name");
  const kinds = kind === "RoleBinding" ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(roleKind)) errors.push(notSupported("roleRef.kind", roleKind, kinds));
  if (name !== "")
    errors.push(...checkPathSegment(name).map((detail) => invalid("roleRef.name", name, detail)));
  errors.push(
    ...objectsAt(binding, "subjects").flatMap((subject, index) =>
      validateSubject(kind, subject, `subjects[${index}]`),
    ),
  );
  // Missing names are told last by the real server, which checks them by another way.
  for (const [index, subject] of objectsAt(binding, "subjects").entries()) {
    if (textAt(subject, "name") === "") errors.push(required(`subjects[${index}].name`));
  }
  if (name === "") errors.push(required("roleRef.name"));
  if (old !== undefined && !jsonEqual(roleRef, old["roleRef"])) {
    const value = goStruct({
      APIGroup: textAt(roleRef, "apiGroup"),
      Kind: roleKind,
      Name: name,
    });
    errors.push(invalid("roleRef", value, "field is immutable"));
  }
  return errors;
}

function validateSubject(bindingKind: string, subject: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const kind = textAt(subject, "kind");
  const name = textAt(subject, "name");
  const group = textAt(subject, "apiGroup");
  if (kind === "ServiceAccount") {
    if (name !== "")
      errors.push(
        ...checkDns1123Subdomain(name).map((detail) => invalid(`${path}.name`, name, detail)),
      );
    if (group !== "") errors.push(notSupported(`${path}.apiGroup`, group, [""]));
    if (bindingKind === "ClusterRoleBinding" && textAt(subject, "namespace") === "")
      errors.push(required(`${path}.namespace`));
  } else if (kind === "User" || kind === "Group") {
    if (group !== GROUP) errors.push(notSupported(`${path}.apiGroup`, group, [GROUP]));
  } else errors.push(notSupported(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  return errors;
}
