/** How large a value may be: characters, bytes, items or entries. */
export interface SizeRange {
  readonly min: number;
  readonly max: number;
}

/** What more than any number counts as: the largest that 64 bits hold. */
export const LIMITLESS = 2 ** 64;
export const UNKNOWN_SIZE: SizeRange = { min: 0, max: LIMITLESS };

/** Reading a text costs a tenth of a step for each character. */
export const PER_CHARACTER = 0.1;

export function exactly(size: number): SizeRange {
  return { min: size, max: size };
}

export function plus(left: number, right: number): number {
  return Math.min(left + right, LIMITLESS);
}

export function times(left: number, right: number): number {
  return Math.min(left * right, LIMITLESS);
}

/** A size times a cost for each unit; a part of a step is a step. */
export function timesFactor(size: number, factor: number): number {
  return Math.min(Math.ceil(size * factor), LIMITLESS);
}

export function addSizes(left: SizeRange, right: SizeRange): SizeRange {
  return { min: plus(left.min, right.min), max: plus(left.max, right.max) };
}

export function multiplySizes(left: SizeRange, right: SizeRange): SizeRange {
  return { min: times(left.min, right.min), max: times(left.max, right.max) };
}

/** The range that holds both. */
export function eitherSize(left: SizeRange, right: SizeRange): SizeRange {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}
