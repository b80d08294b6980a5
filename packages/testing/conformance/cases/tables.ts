import { topic } from "../requests.js";
import { accessCases } from "./tables/access.js";
import { clusterCases } from "./tables/cluster.js";
import { deviceCases } from "./tables/devices.js";
import { networkCases } from "./tables/network.js";
import { podCases } from "./tables/pods.js";
import { policyCases } from "./tables/policies.js";
import { signingCases } from "./tables/signing.js";
import { storageCases } from "./tables/storage.js";
import { workloadCases } from "./tables/workloads.js";

/** The columns and cells of every built-in kind. */
export const tables = topic("tables", [
  ...podCases,
  ...workloadCases,
  ...networkCases,
  ...storageCases,
  ...policyCases,
  ...accessCases,
  ...clusterCases,
  ...deviceCases,
  ...signingCases,
]);
