import { accessCells } from "./access-cells.js";
import { autoscalerCells } from "./autoscaler-cells.js";
import { at, type KindCells } from "./cell-reader.js";
import { clusterCells } from "./cluster-cells.js";
import { deviceCells } from "./device-cells.js";
import { eventCells } from "./event-cells.js";
import { networkCells } from "./network-cells.js";
import { podCells } from "./pod-cells.js";
import { storageCells } from "./storage-cells.js";
import { workloadCells } from "./workload-cells.js";

/** The cells of the built-in kinds, by `group/plural`; the objects are in the version that they are stored in. */
const builtInCells: Readonly<Record<string, KindCells>> = {
  "/pods": podCells,
  "/events": eventCells,
  "autoscaling/horizontalpodautoscalers": autoscalerCells,
  "autoscaling/scales": { Desired: at("spec.replicas", 0), Available: at("status.replicas", 0) },
  ...accessCells,
  ...clusterCells,
  ...deviceCells,
  ...networkCells,
  ...storageCells,
  ...workloadCells,
};

/** The cells of a kind by its storage key; undefined where it has none but those that every kind has. */
export function cellsOf(storageKey: string): KindCells | undefined {
  return Object.hasOwn(builtInCells, storageKey) ? builtInCells[storageKey] : undefined;
}
