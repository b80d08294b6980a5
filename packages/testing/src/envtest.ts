export { EnvtestBinaryMissingError } from "./envtest/envtest-binary-missing-error.js";
export type { EnvtestServer } from "./envtest/envtest-server.js";
export { EnvtestStartFailedError } from "./envtest/envtest-start-failed-error.js";
export { type EnvtestOptions, startEnvtest } from "./envtest/start-envtest.js";
