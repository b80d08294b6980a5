import { ApiError } from "@kvop/core";
import type { ApiServer } from "../api-server/api-server.js";
import type { JsonObject } from "../schema/json.js";
import { ManifestInvalidError } from "./manifest-invalid-error.js";
import { type Manifest, parseManifests } from "./parse-manifests.js";

/**
 * Puts the objects of a text into a server as they are, status and uids included: several documents, lists
 * (`kubectl get -o yaml`), JSON. Definitions and namespaces come first, whatever their place. Objects of the same name are
 * replaced; nothing is validated, and no defaults are filled in, as by {@link ApiServer.load}.
 *
 * @returns how many objects were put in.
 * @throws ManifestInvalidError before anything is put in, but for a kind that is not served.
 */
export function importYaml(server: ApiServer, text: string): number {
  const manifests = parseManifests(text).toSorted((a, b) => rankOf(a.object) - rankOf(b.object));
  for (const manifest of manifests) loadManifest(server, manifest);
  return manifests.length;
}

function rankOf({ kind }: JsonObject): number {
  if (kind === "CustomResourceDefinition") return 0;
  return kind === "Namespace" ? 1 : 2;
}

function loadManifest(server: ApiServer, { object, document }: Manifest): void {
  try {
    server.load(object);
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    const kind = `${String(object["kind"])} of ${String(object["apiVersion"])}`;
    const problem = `${kind} is not served; import its CustomResourceDefinition too`;
    throw new ManifestInvalidError({ document, problem }, { cause: error });
  }
}
