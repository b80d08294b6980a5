import type { Clock } from "@kvop/core";
import type { AdmissionHandler, AdmissionPhase } from "../api-server/server-context.js";
import type { ObjectStore } from "../store/object-store.js";
import { applyLimitRanges, checkLimitRanges } from "./limit-ranger.js";
import { checkRuntimeClass } from "./runtime-class.js";
import { admitSigningRequest } from "./signing-requests.js";
import { checkQuotas } from "./resource-quota.js";

/**
 * What the real server does to objects besides their kind's defaults and validation: LimitRanger, ResourceQuota, and the making
 * and approval of CertificateSigningRequests.
 */
export function builtInPlugins(
  store: ObjectStore,
  clock: Clock,
): Readonly<Record<AdmissionPhase, readonly AdmissionHandler[]>> {
  return {
    mutating: [
      (request) => {
        applyLimitRanges(request, store);
        admitSigningRequest(request, clock.now());
        return request.object;
      },
    ],
    validating: [
      (request) => {
        checkLimitRanges(request, store);
        checkRuntimeClass(request, store);
        const count = checkQuotas(request, store);
        if (!request.dryRun) count?.();
        return undefined;
      },
    ],
  };
}
