import type { JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, optionalObjectAt } from "./json-access.js";
import { OUTDATED_SOURCES } from "./outdated-sources.js";
import { warningsOfClaimSpec } from "./warn-storage.js";

/** What the real server says of the sources of a pod's volumes. */
export function warningsOfVolumes(spec: JsonObject, path: string): string[] {
  return objectsAt(spec, "volumes").flatMap((volume, index) => {
    const volumePath = `${path}.volumes[${index}]`;
    const template = objectAt(objectAt(volume, "ephemeral"), "volumeClaimTemplate");
    return [
      ...OUTDATED_SOURCES.flatMap(([source, advice]) =>
        optionalObjectAt(volume, source) === undefined ? [] : [`${volumePath}.${advice}`],
      ),
      ...warningsOfClaimSpec(
        objectAt(template, "spec"),
        `${volumePath}.ephemeral.volumeClaimTemplate.spec`,
      ),
    ];
  });
}
