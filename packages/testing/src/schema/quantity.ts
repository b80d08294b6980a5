/** Which suffixes a quantity was written with, and is written with again. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** An amount as Kubernetes writes it, e.g. `1.5Gi` or `100m` (resource.Quantity of apimachinery). */
export interface Quantity {
  /** Billionths: the smallest step that a quantity has; what is finer was rounded up. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const NANO_DIGITS = 9;
const NANOS = 10n ** BigInt(NANO_DIGITS);
/** What the real server cuts larger amounts to. */
const MAX_VALUE = (2n ** 63n - 1n) * NANOS;

const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const DECIMAL_EXPONENTS: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const DECIMAL_SUFFIXES: ReadonlyMap<number, string> = new Map(
  [...DECIMAL_EXPONENTS].map(([suffix, exponent]) => [exponent, suffix]),
);

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,4}))?$/;
/** Longer numbers are no amounts, and cost time. */
const MAX_LENGTH = 200;

/** Reads a quantity; undefined when the text is none. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length > MAX_LENGTH ? null : QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", binary, decimal, exponent] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  let numerator = digits * NANOS;
  let denominator = 10n ** BigInt(fraction.length);
  let format: QuantityFormat = "DecimalSI";
  if (binary !== undefined) {
    format = "BinarySI";
    numerator *= 1024n ** BigInt(BINARY_SUFFIXES.indexOf(binary as "Ki"));
  } else {
    if (exponent !== undefined) format = "DecimalExponent";
    const power = exponent === undefined ? DECIMAL_EXPONENTS.get(decimal ?? "") : Number(exponent);
    if (power === undefined) return undefined;
    if (power >= 0) numerator *= 10n ** BigInt(power);
    else denominator *= 10n ** BigInt(-power);
  }
  const magnitude = minimum(roundUp(numerator, denominator), MAX_VALUE);
  return { nanos: sign === "-" ? -magnitude : magnitude, format };
}

function roundUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

function minimum(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

/** The canonical text of a quantity: no fraction, the largest suffix that needs none. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos } = quantity;
  if (nanos === 0n) return "0";
  const magnitude = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? "-" : "";
  const isWhole = magnitude % NANOS === 0n;
  if (quantity.format === "BinarySI" && isWhole && magnitude >= 1024n * NANOS) {
    return `${sign}${formatBinary(magnitude / NANOS)}`;
  }
  const { mantissa, exponent } = decimalForm(magnitude);
  if (quantity.format === "DecimalExponent") {
    return exponent === 0 ? `${sign}${mantissa}` : `${sign}${mantissa}e${exponent}`;
  }
  return `${sign}${mantissa}${DECIMAL_SUFFIXES.get(exponent) ?? ""}`;
}

function formatBinary(value: bigint): string {
  let rest = value;
  let power = 0;
  while (rest % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    rest /= 1024n;
    power++;
  }
  return `${rest}${BINARY_SUFFIXES[power]}`;
}

function decimalForm(nanos: bigint): { mantissa: bigint; exponent: number } {
  let mantissa = nanos;
  let exponent = -NANO_DIGITS;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  return { mantissa, exponent };
}

/** Negative, zero or positive, as the left amount is less than, equal to or more than the right one. */
export function compareQuantity(left: Quantity, right: Quantity): number {
  if (left.nanos === right.nanos) return 0;
  return left.nanos < right.nanos ? -1 : 1;
}

/** The text that the real server stores for an amount, e.g. `1Gi` for `1024Mi`; undefined when the text is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}
