import type { ClusterChoice } from "./choose-cluster.js";
import { AmbiguousClusterError } from "./errors/ambiguous-cluster-error.js";
import { DuplicateVirtualMachineError } from "./errors/duplicate-virtual-machine-error.js";
import type { KvopError } from "./errors/kvop-error.js";
import { NoClusterError } from "./errors/no-cluster-error.js";
import { PlacementConflictError } from "./errors/placement-conflict-error.js";
import { PlacementUnknownError } from "./errors/placement-unknown-error.js";

/** The typed error for a choice that chose nothing. */
export function clusterChoiceError(
  choice: Exclude<ClusterChoice, { readonly type: "chosen" }>,
  context: { readonly machine: string; readonly configNamespace: string },
): KvopError {
  const { machine, configNamespace } = context;
  switch (choice.type) {
    case "none":
      return new NoClusterError({ configNamespace });
    case "ambiguous":
      return new AmbiguousClusterError({ machine, configNames: choice.configNames });
    case "duplicate":
      return new DuplicateVirtualMachineError({ machine, configNames: choice.configNames });
    case "conflict":
      return new PlacementConflictError({
        machine,
        recorded: choice.recorded,
        reason: choice.reason,
      });
    case "unknown":
      return new PlacementUnknownError({ machine, unreachable: choice.unreachable });
  }
}
