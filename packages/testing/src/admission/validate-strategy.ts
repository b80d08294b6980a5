import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { goStruct } from "./go-struct.js";
import { objectAt, optionalObjectAt, textAt } from "./json-access.js";
import { shareOf, validateShare, validateWhole } from "./validate-share.js";

const SHARES = ["maxUnavailable", "maxSurge"];

/** How the Pods of a Deployment or a DaemonSet are replaced. */
export function validateStrategy(kind: string, spec: JsonObject): FieldError[] {
  if (kind === "Deployment") return validateDeploymentStrategy(objectAt(spec, "strategy"));
  return kind === "DaemonSet" ? validateDaemonStrategy(objectAt(spec, "updateStrategy")) : [];
}

function validateDeploymentStrategy(strategy: JsonObject): FieldError[] {
  const type = textAt(strategy, "type");
  const rollingUpdate = optionalObjectAt(strategy, "rollingUpdate");
  const path = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate === undefined ? [] : [forbidden(path, detail)];
  }
  if (type !== "RollingUpdate") {
    const shown = goStruct({ Type: type, RollingUpdate: rollingUpdate ?? null });
    return [notSupported("spec.strategy", shown, ["Recreate", "RollingUpdate"])];
  }
  const errors = SHARES.flatMap((key) => validateShare(rollingUpdate?.[key], `${path}.${key}`));
  if (errors.length > 0) return errors;
  const isNothing = SHARES.every((key) => shareOf(rollingUpdate?.[key]) === 0);
  const value = rollingUpdate?.["maxUnavailable"];
  return isNothing
    ? [invalid(`${path}.maxUnavailable`, value, "may not be 0 when `maxSurge` is 0")]
    : validateWhole(value, `${path}.maxUnavailable`);
}

function validateDaemonStrategy(strategy: JsonObject): FieldError[] {
  const type = textAt(strategy, "type");
  const rollingUpdate = optionalObjectAt(strategy, "rollingUpdate");
  const path = "spec.updateStrategy.rollingUpdate";
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") {
    const shown = goStruct({ Type: type, RollingUpdate: rollingUpdate ?? null });
    return [notSupported("spec.updateStrategy", shown, ["RollingUpdate", "OnDelete"])];
  }
  if (rollingUpdate === undefined) return [required(path)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [validateShare, validateWhole].flatMap((validate) =>
    SHARES.flatMap((key) => validate(rollingUpdate[key], `${path}.${key}`)),
  );
  const [hasUnavailable, hasSurge] = [shareOf(maxUnavailable) !== 0, shareOf(maxSurge) !== 0];
  if (hasUnavailable && hasSurge) {
    const detail = "may not be set when maxUnavailable is non-zero";
    errors.push(invalid(`${path}.maxSurge`, maxSurge, detail));
  } else if (!hasUnavailable && !hasSurge)
    errors.push(required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
  return errors;
}
