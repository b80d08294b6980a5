export {
  MachineReconciler,
  type MachineReconcilerOptions,
  type ReconcileRequest,
  type ReconcileResult,
} from "./machine-reconciler.js";
export { defaultSettings, type ReconcilerSettings } from "./settings.js";
export { readSettings } from "./read-settings.js";
export { InvalidSettingError } from "./invalid-setting-error.js";
export { MachineBlockedError, type MachineConditionType } from "./machine-blocked-error.js";
export { SupervisorNotReadyError } from "./supervisor-not-ready-error.js";
export { ADOPT_ANNOTATION } from "./check-ownership.js";
export { ABANDON_ANNOTATION } from "./delete-machine.js";
export { startOperator, type Operator, type OperatorOptions } from "./start-operator.js";
