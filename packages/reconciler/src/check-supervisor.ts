import {
  isForbidden,
  isNotFound,
  KubevirtConfig,
  Machine,
  NetworkConfiguration,
  type Resource,
  type SupervisorClient,
} from "@kvop/core";
import { SupervisorNotReadyError } from "./supervisor-not-ready-error.js";

/** What no Machine can be served without. */
const NEEDED: readonly Resource[] = [Machine, KubevirtConfig, NetworkConfiguration];

/**
 * Lists what the operator needs on the supervisor, one object of each, so that a start fails early and clearly.
 *
 * @throws SupervisorNotReadyError when a resource is not served or may not be listed; ApiError and TransportError otherwise.
 */
export async function checkSupervisor(
  client: SupervisorClient,
  signal: AbortSignal,
): Promise<void> {
  for (const resource of NEEDED) {
    try {
      for await (const _page of client.listPages(resource, { pageSize: 1, signal })) break;
    } catch (error) {
      const name = `${resource.plural}.${resource.group}`;
      if (isNotFound(error))
        throw new SupervisorNotReadyError({ resource: name, problem: "missing" }, { cause: error });
      if (isForbidden(error))
        throw new SupervisorNotReadyError(
          { resource: name, problem: "forbidden" },
          { cause: error },
        );
      throw error;
    }
  }
}
