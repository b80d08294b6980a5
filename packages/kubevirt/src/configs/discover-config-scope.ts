import {
  ApiError,
  isNotFound,
  KubevirtConfig,
  type Resource,
  type SupervisorClient,
} from "@kvop/core";

/** KubevirtConfig as it is where its CRD is namespaced. */
export const namespacedKubevirtConfig: Resource<KubevirtConfig> = Object.freeze({
  ...KubevirtConfig,
  namespaced: true,
});

/**
 * Whether KubevirtConfig is namespaced on this supervisor, by discovery.
 *
 * @throws ApiError NotFound when the CRD is not installed
 */
export async function discoverConfigScope(
  client: SupervisorClient,
): Promise<Resource<KubevirtConfig>> {
  const { group, version, plural } = KubevirtConfig;
  const { body } = await client.request({
    method: "GET",
    path: `/apis/${group}/${version}`,
  });
  const { resources = [] } = (body ?? {}) as {
    resources?: Array<{ name?: string; namespaced?: boolean }>;
  };
  const found = resources.find((resource) => resource.name === plural);
  return found?.namespaced === true ? namespacedKubevirtConfig : KubevirtConfig;
}

/** Whether a 404 says that one object is absent, and not that the path leads nowhere. */
export function isObjectNotFound(error: unknown): error is ApiError {
  return isNotFound(error) && (error.status.details?.name ?? "") !== "";
}
