export {
  type KubevirtSimulator,
  type KubevirtSimulatorOptions,
  type SimulatedGuest,
  startKubevirtSimulator,
} from "./simulator/kubevirt-simulator.js";
export type { GuestAgentFacts } from "./simulator/node/guest-states.js";
export type {
  SimulatedStage,
  SimulationTarget,
  SimulatorTiming,
  StageFailure,
} from "./simulator/stage-control.js";
