import { createHash } from "node:crypto";
import { customOpenApiDocument } from "./custom-open-api.js";
import type { ServedResource } from "./resource-registry.js";

interface Document {
  readonly resources: readonly ServedResource[];
  readonly text: string;
  readonly hash: string;
}

/** The OpenAPI documents of a server's custom resources, made when they are first asked for. */
export class CustomDocuments {
  readonly #documents = new Map<string, Document>();

  /** The document of a group version that is served in this form. */
  documentOf(path: string, resources: readonly ServedResource[]): Pick<Document, "text" | "hash"> {
    const known = this.#documents.get(path);
    if (known !== undefined && isSame(known.resources, resources)) return known;
    const text = JSON.stringify(customOpenApiDocument(resources));
    const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
    const document = { resources, text, hash };
    this.#documents.set(path, document);
    return document;
  }
}

function isSame(left: readonly ServedResource[], right: readonly ServedResource[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}
