import type { PolicyRule, RbacClusterRole, RoleSelector } from "./rbac-objects.js";

/**
 * The rules of a ClusterRole that aggregates others, by its `aggregationRule`: what the controller of
 * kube-controller-manager writes into `rules`. Undefined for a role that aggregates nothing.
 *
 * @param all every ClusterRole, in any order.
 */
export function aggregateClusterRole(
  role: RbacClusterRole,
  all: Iterable<RbacClusterRole>,
): readonly PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined) return undefined;
  const others = [...all]
    .filter((other) => other.metadata.name !== role.metadata.name)
    .toSorted((left, right) => ((left.metadata.name ?? "") < (right.metadata.name ?? "") ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const selector of selectors) {
    for (const other of others) {
      if (!isSelected(selector, other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) {
        const key = JSON.stringify([
          rule.verbs,
          rule.apiGroups,
          rule.resources,
          rule.resourceNames,
          rule.nonResourceURLs,
        ]);
        if (!rules.has(key)) rules.set(key, rule);
      }
    }
  }
  return [...rules.values()];
}

/**
 * The same roles with the rules of each aggregating one filled in. Roles may aggregate roles that aggregate: it goes on
 * until nothing changes.
 */
export function aggregateClusterRoles(roles: readonly RbacClusterRole[]): RbacClusterRole[] {
  let current = [...roles];
  // Each pass carries rules one level further, and no chain is longer than the number of roles.
  for (let pass = 0; pass < roles.length; pass += 1) {
    const next = current.map((role) => {
      const rules = aggregateClusterRole(role, current);
      return rules === undefined || JSON.stringify(rules) === JSON.stringify(role.rules ?? null)
        ? role
        : { ...role, rules };
    });
    if (next.every((role, index) => role === current[index])) return next;
    current = next;
  }
  return current;
}

/** As everywhere in Kubernetes, an empty selector selects everything. */
function isSelected(selector: RoleSelector, labels: Readonly<Record<string, string>>): boolean {
  const label = (key: string): string | undefined =>
    Object.hasOwn(labels, key) ? labels[key] : undefined;
  const matchesLabels = Object.entries(selector.matchLabels ?? {}).every(
    ([key, value]) => label(key) === value,
  );
  return (
    matchesLabels &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = label(key);
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return false;
      }
    })
  );
}
