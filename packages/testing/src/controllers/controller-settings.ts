/** Which duties of a controller manager the server takes over, and when it sees to them. */
export interface ControllerSettings {
  /** Empties a namespace that is being deleted, and lets it go. Default: true. */
  readonly namespaceDeletion?: boolean | undefined;
  /** Deletes what no owner is left of, and sees to foreground deletion and orphans. Default: true. */
  readonly garbageCollection?: boolean | undefined;
  /** Lets claims and volumes that are being deleted go once no Pod uses them. Default: true. */
  readonly storageProtection?: boolean | undefined;
  /**
   * Deletes the objects of a CustomResourceDefinition that is being deleted, and lets it go. A kube-apiserver does this by
   * itself. Default: true.
   */
  readonly definitionCleanup?: boolean | undefined;
  /**
   * `immediate`: with the write that gives cause. `realistic`: after the waits of the real ones by the server's clock: a
   * namespace is emptied 5 s after its deletion, and it and definitions are looked at again each 5 s until they can go.
   * Default: `immediate`.
   */
  readonly pace?: "immediate" | "realistic" | undefined;
}
