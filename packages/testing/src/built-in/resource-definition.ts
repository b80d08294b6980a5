/** A column of a resource's Table representation. */
export interface ResourceColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  /** 0 is always shown; above that only by `kubectl get -o wide`. */
  readonly priority: number;
}

/** A subresource such as `status`, with the kind that its bodies have. */
export interface SubresourceDefinition {
  /** The part after the slash, e.g. `scale`. */
  readonly name: string;
  readonly kind?: string;
  /** Set where the kind is of another group than the resource, e.g. `autoscaling` for `scale`. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** What discovery and Tables say of one resource in one version. */
export interface ResourceDefinition {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceDefinition[];
  readonly storageVersionHash?: string;
  /** Empty when the resource cannot be listed. */
  readonly columns: readonly ResourceColumn[];
  /** False where objects are stored in another version or group. */
  readonly isStorageVersion: boolean;
}
