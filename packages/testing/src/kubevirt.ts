export {
  type KubevirtSimulator,
  type KubevirtSimulatorOptions,
  startKubevirtSimulator,
} from "./simulator/kubevirt-simulator.js";
export type { SimulatorTiming } from "./simulator/simulated-cluster.js";
