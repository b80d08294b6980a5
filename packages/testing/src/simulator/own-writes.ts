/** Which objects KubeVirt itself is writing at the moment: its webhooks let it do what they forbid others. */
export class OwnWrites {
  readonly #counts = new Map<string, number>();

  has(uid: string): boolean {
    return this.#counts.has(uid);
  }

  async during<T>(uid: string, write: () => Promise<T>): Promise<T> {
    this.#counts.set(uid, (this.#counts.get(uid) ?? 0) + 1);
    try {
      return await write();
    } finally {
      const left = (this.#counts.get(uid) ?? 1) - 1;
      if (left === 0) this.#counts.delete(uid);
      else this.#counts.set(uid, left);
    }
  }
}
