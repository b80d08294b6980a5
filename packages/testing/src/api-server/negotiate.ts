import { type Clause, clausesOf, namedTypes } from "./accept-clauses.js";
import { refuse } from "./refusal.js";
import type { Representation } from "./represent.js";

/** How an answer is written. */
export type Encoding = "json" | "yaml" | "protobuf";

/** What a client and the server agree on. */
export interface Negotiated {
  readonly encoding: Encoding;
  readonly representation: Representation;
  /** The kind by its name, such as `PartialObjectMetadataList`; empty for the object as it is. */
  readonly as: string;
  readonly isPretty: boolean;
  /** Of a Table or of metadata; undefined for `v1`. */
  readonly metaVersion?: "v1beta1" | undefined;
}

/** What an endpoint can answer. */
export interface Offer {
  readonly hasProtobuf: boolean;
  /** Whether objects can be shown as Tables and metadata alone. */
  readonly hasRepresentations: boolean;
}

const ENCODINGS = [
  { type: "application/json", encoding: "json" },
  { type: "application/yaml", encoding: "yaml" },
  { type: "application/vnd.kubernetes.protobuf", encoding: "protobuf" },
] as const;
const MEDIA_TYPES = ENCODINGS.map(({ type }) => type).join(", ");
/** What a client gets that asks for nothing special. */
export const AS_IT_IS: Negotiated = {
  encoding: "json",
  representation: "object",
  as: "",
  isPretty: false,
};

/**
 * Finds the first thing in an `Accept` header that an endpoint can answer.
 *
 * @throws ApiError NotAcceptable
 */
export function negotiate(accept: string, offer: Offer): Negotiated {
  const found = findAnswer(accept, offer);
  if (found === undefined) throw refuse.notAcceptable(MEDIA_TYPES);
  return found;
}

/** As {@link negotiate}, undefined when there is nothing. */
export function findAnswer(accept: string, offer: Offer): Negotiated | undefined {
  if (accept === "" || accept === "application/json") return AS_IT_IS;
  for (const clause of clausesOf(accept)) {
    for (const { type, encoding } of ENCODINGS) {
      if (!isMeant(clause.type, type)) continue;
      const negotiated = answerTo(clause, encoding, offer);
      if (negotiated !== undefined) return negotiated;
    }
  }
  return undefined;
}

/** Whether an `Accept` header names any type that an API endpoint has at all, whatever its parameters. */
export function namesKnownType(accept: string): boolean {
  if (accept === "") return true;
  const types = ["*/*", ...ENCODINGS.map(({ type }) => type)];
  return namedTypes(accept).some((named) => types.includes(named));
}

function answerTo(
  { parameters }: Clause,
  encoding: Encoding,
  { hasProtobuf, hasRepresentations }: Offer,
): Negotiated | undefined {
  const stream = parameters.get("stream") ?? "";
  if (stream !== "" && (stream !== "watch" || encoding === "yaml")) return undefined;
  const as = parameters.get("as") ?? "";
  const isPretty = parameters.get("pretty") === "1";
  if (!["as", "g", "v"].some((name) => parameters.has(name))) {
    return encoding === "protobuf" && !hasProtobuf
      ? undefined
      : { encoding, representation: "object", as, isPretty };
  }
  const isOfMeta =
    (parameters.get("g") ?? "") === "meta.k8s.io" &&
    ["v1", "v1beta1"].includes(parameters.get("v") ?? "");
  if (!hasRepresentations || !isOfMeta) return undefined;
  const metaVersion = parameters.get("v") === "v1beta1" ? "v1beta1" : undefined;
  if (as === "Table") {
    return encoding === "protobuf"
      ? undefined
      : { encoding, representation: "table", as, isPretty, metaVersion };
  }
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList")
    return { encoding, representation: "metadata", as, isPretty, metaVersion };
  return undefined;
}

function isMeant(asked: string, type: string): boolean {
  return asked === "*/*" || asked === type || (asked === "application/*" && !asked.includes(type));
}
