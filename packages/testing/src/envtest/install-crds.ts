import { sleep, type Clock } from "@kvop/core";

import { EnvtestStartFailedError } from "./envtest-start-failed-error.js";

const CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RETRY_INTERVAL_MS = 25;

export interface InstallCrdsOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** On the clock's monotonic scale. */
  readonly deadline: number;
  readonly send: (request: {
    readonly path: string;
    readonly method?: string;
    readonly body?: unknown;
  }) => Promise<{ readonly status: number; readonly text: string }>;
}

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Creates the CRDs and waits until the resources of each can be listed. */
export async function installCrds(
  crds: readonly object[],
  options: InstallCrdsOptions,
): Promise<void> {
  for (const crd of crds) {
    const answer = await options.send({ path: CRD_PATH, method: "POST", body: crd });
    if (answer.status !== 201) {
      throw new EnvtestStartFailedError(`a CRD was refused: ${answer.text.slice(0, 500)}`, []);
    }
  }
  for (const crd of crds) {
    await waitUntilServed(crd as Crd, options);
  }
}

/** Established is not enough: the server answers 404, then 429, for a moment after that. */
async function waitUntilServed(
  { metadata, spec }: Crd,
  options: InstallCrdsOptions,
): Promise<void> {
  for (const version of spec.versions.filter(({ served }) => served)) {
    const path = `/apis/${spec.group}/${version.name}/${spec.names.plural}?limit=1`;
    while ((await options.send({ path })).status !== 200) {
      if (options.clock.monotonic() >= options.deadline) {
        throw new EnvtestStartFailedError(`CRD ${metadata.name} was not served in time`, []);
      }
      await sleep(options.clock, RETRY_INTERVAL_MS, { signal: options.signal });
    }
  }
}
