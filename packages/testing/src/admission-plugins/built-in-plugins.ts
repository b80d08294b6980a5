import type { AdmissionHandler, AdmissionPhase } from "../api-server/server-context.js";
import type { ObjectStore } from "../store/object-store.js";
import { applyLimitRanges, checkLimitRanges } from "./limit-ranger.js";
import { checkQuotas } from "./resource-quota.js";

/** The admission plugins of the real server that look at other objects of the namespace: LimitRanger and ResourceQuota. */
export function builtInPlugins(
  store: ObjectStore,
): Readonly<Record<AdmissionPhase, readonly AdmissionHandler[]>> {
  return {
    mutating: [
      (request) => {
        applyLimitRanges(request, store);
        return request.object;
      },
    ],
    validating: [
      (request) => {
        checkLimitRanges(request, store);
        const count = checkQuotas(request, store);
        if (!request.dryRun) count?.();
        return undefined;
      },
    ],
  };
}
