import type { JsonObject } from "../schema/json.js";

/** Tells whether an object is meant. */
export type Selector = (object: JsonObject) => boolean;

export const everything: Selector = () => true;
