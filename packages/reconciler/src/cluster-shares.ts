/**
 * Divides the workers over the clusters: a cluster that answers slowly holds a bounded number of them, and the others go on
 * with the rest. Work beyond a cluster's share is parked and handed back as its share frees up.
 */
export class ClusterShares<Item> {
  readonly #share: number;
  readonly #busy = new Map<string, number>();
  readonly #parked = new Map<string, Set<Item>>();

  /** @param share workers that one cluster may hold at once. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Takes one worker for the cluster; false when its share is used up, and the item is then parked. */
  enter(cluster: string, item: Item): boolean {
    const busy = this.#busy.get(cluster) ?? 0;
    if (busy < this.#share) {
      this.#busy.set(cluster, busy + 1);
      return true;
    }
    const parked = this.#parked.get(cluster) ?? new Set<Item>();
    this.#parked.set(cluster, parked.add(item));
    return false;
  }

  /** Gives the worker back; the result is an item that was parked, to be queued again. */
  leave(cluster: string): Item | undefined {
    const busy = (this.#busy.get(cluster) ?? 1) - 1;
    if (busy > 0) this.#busy.set(cluster, busy);
    else this.#busy.delete(cluster);
    const parked = this.#parked.get(cluster);
    for (const item of parked ?? []) {
      parked?.delete(item);
      if (parked?.size === 0) this.#parked.delete(cluster);
      return item;
    }
    return undefined;
  }
}
