/** What backs a path; paths that were made by adding to the same path may share it. */
interface Backing {
  readonly names: string[];
  readonly capacity: number;
}

/**
 * Where a value comes from: the name of a variable, then fields, `@items`, `@keys` and `@values`.
 *
 * The real estimator keeps paths in slices whose spare room is shared: adding a second name to one path replaces what
 * was added first. Estimates depend on that, so paths here do the same.
 */
export class ValuePath {
  static readonly none = new ValuePath({ names: [], capacity: 0 }, 0);

  readonly #backing: Backing;
  readonly length: number;

  private constructor(backing: Backing, length: number) {
    this.#backing = backing;
    this.length = length;
  }

  static of(name: string): ValuePath {
    return new ValuePath({ names: [name], capacity: 1 }, 1);
  }

  names(): readonly string[] {
    return this.#backing.names.slice(0, this.length);
  }

  with(name: string): ValuePath {
    const { names, capacity } = this.#backing;
    if (this.length < capacity) {
      names[this.length] = name;
      return new ValuePath(this.#backing, this.length + 1);
    }
    const backing = { names: [...this.names(), name], capacity: Math.max(1, capacity * 2) };
    return new ValuePath(backing, this.length + 1);
  }
}
