import { followObject, type KubevirtConfig, type Resource } from "@kvop/core";

import { failureReason } from "../state/failure-reason.js";
import type { ConfigFollowerOptions } from "./config-follower.js";

/** Settings of {@link followConfig}. */
export interface FollowConfigOptions extends Omit<
  ConfigFollowerOptions,
  "onEvent" | "onForbidden" | "onSynced" | "reader"
> {
  readonly configName: string;
  readonly resource: Resource<KubevirtConfig>;
  /** Called with each state of the config that is seen; undefined when it is absent. */
  readonly onChange: (config: KubevirtConfig | undefined) => void;
}

/** Follows one KubevirtConfig by its name, where they may not all be listed. */
export function followConfig(options: FollowConfigOptions): AsyncDisposable {
  const { configName, resource, configNamespace, onChange, logger } = options;
  return followObject({
    client: options.client,
    resource,
    namespace: resource.namespaced ? configNamespace : undefined,
    name: configName,
    onChange,
    onModeChange: (mode, error) =>
      logger.warn(
        { config: configName, mode, reason: failureReason(error) },
        "a KubevirtConfig is followed by its name in another way",
      ),
    pollIntervalMs: options.pollIntervalMs,
    clock: options.clock,
    random: options.random,
  });
}
