import {
  type Clock,
  followObject,
  type Logger,
  type Random,
  Secret,
  type SupervisorClient,
} from "@kvop/core";

import { failureReason } from "../state/failure-reason.js";
import { kubeconfigFingerprint } from "./config-reader.js";
import type { SecretKey } from "./secret-key.js";

/** Settings of {@link SecretFollower}. */
export interface SecretFollowerOptions {
  readonly configName: string;
  readonly client: SupervisorClient;
  /** Called with the fingerprint of the kubeconfig at each change; undefined when there is none. */
  readonly onChange: (fingerprint: string | undefined) => void;
  readonly onModeChange: (mode: "watching" | "polling") => void;
  /** Milliseconds between two reads where watching is not allowed. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Follows the kubeconfig Secret of one config, by name. Of what it sees it keeps a hash alone. */
export class SecretFollower {
  readonly #options: SecretFollowerOptions;
  #followed: { readonly id: string; readonly handle: AsyncDisposable } | undefined;

  constructor(options: SecretFollowerOptions) {
    this.#options = options;
  }

  /**
   * Follows this Secret from now on, and no other one.
   *
   * @param resourceVersion Version that was read, where it was.
   */
  follow(key: SecretKey, resourceVersion: string | undefined): void {
    if (this.isFollowing(key)) return;
    const id = idOf(key);
    void this.stop();
    const { client, configName, pollIntervalMs, clock, random, logger } = this.#options;
    this.#options.onModeChange("watching");
    const handle = followObject({
      client,
      resource: Secret,
      ...key,
      resourceVersion,
      pollIntervalMs,
      clock,
      random,
      onChange: (secret) => this.#options.onChange(kubeconfigFingerprint(secret)),
      onModeChange: (mode, error) => {
        this.#options.onModeChange(mode);
        const fields = { config: configName, secret: id, reason: failureReason(error) };
        if (mode === "polling")
          logger.warn(
            fields,
            "the kubeconfig Secret may not be watched and is read from time to time",
          );
        else logger.info(fields, "the kubeconfig Secret is watched again");
      },
      onError: (error) =>
        logger.debug(
          { config: configName, secret: id, reason: failureReason(error) },
          "a watch of a kubeconfig Secret ended",
        ),
    });
    this.#followed = { id, handle };
  }

  isFollowing(key: SecretKey): boolean {
    return this.#followed?.id === idOf(key);
  }

  async stop(): Promise<void> {
    const followed = this.#followed;
    this.#followed = undefined;
    await followed?.handle[Symbol.asyncDispose]();
  }
}

function idOf(key: SecretKey): string {
  return `${key.namespace}/${key.name}`;
}
