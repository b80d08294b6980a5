/** `rbac.authorization.k8s.io/v1` PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

export interface RbacSubject {
  /** `User`, `Group` or `ServiceAccount`. */
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface RoleReference {
  /** `Role` or `ClusterRole`. */
  readonly kind: string;
  readonly name: string;
}

interface RbacMetadata {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface RbacRole {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: RbacMetadata;
  readonly rules?: readonly PolicyRule[] | null | undefined;
}

/** `metav1.LabelSelector`. */
export interface RoleSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

export interface RbacClusterRole extends RbacRole {
  readonly aggregationRule?:
    | { readonly clusterRoleSelectors?: readonly RoleSelector[] | undefined }
    | undefined;
}

export interface RbacBinding {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: RbacMetadata;
  readonly roleRef: RoleReference;
  readonly subjects?: readonly RbacSubject[] | undefined;
}

/** Where the objects are read from, at the moment of each decision. Plain JSON as it is stored. */
export interface RbacObjects {
  role(namespace: string, name: string): RbacRole | undefined;
  clusterRole(name: string): RbacClusterRole | undefined;
  roleBindings(namespace: string): Iterable<RbacBinding>;
  clusterRoleBindings(): Iterable<RbacBinding>;
}
