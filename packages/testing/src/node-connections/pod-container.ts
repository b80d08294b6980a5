import { objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { JsonObject } from "../schema/json.js";

const names = (spec: JsonObject, list: string): string[] =>
  objectsAt(spec, list).map((container) => textAt(container, "name"));

/**
 * The container that a request means: the one it names, or the only one.
 *
 * @throws ApiError BadRequest when there is no such container, or several to choose from.
 */
export function containerOf(pod: JsonObject, asked: string): string {
  const spec = objectAt(pod, "spec");
  const name = textAt(objectAt(pod, "metadata"), "name");
  const containers = names(spec, "containers");
  const inits = names(spec, "initContainers");
  const ephemeral = names(spec, "ephemeralContainers");
  if (asked !== "") {
    if ([...containers, ...inits, ...ephemeral].includes(asked)) return asked;
    throw refuse.badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only !== undefined && others.length === 0) return only;
  const choices = [
    `choose one of: [${containers.join(" ")}]`,
    ...(inits.length === 0 ? [] : [`or one of the init containers: [${inits.join(" ")}]`]),
    ...(ephemeral.length === 0
      ? []
      : [`or one of the ephemeral containers: [${ephemeral.join(" ")}]`]),
  ];
  throw refuse.badRequest(
    `a container name must be specified for pod ${name}, ${choices.join(" ")}`,
  );
}
