export { brokenYamlBodies, jsonBodies, protobufBodies, yamlBodies } from "./bodies.js";
export { deletes } from "./deletes.js";
export { acceptHeaders, contentTypes } from "./headers.js";
export { patches, plainPatches, unclearPatches } from "./patches.js";
export { methods, paths } from "./paths.js";
export { continueTokens, queries } from "./queries.js";
export { evaluations, rules } from "./rules.js";
export { schemas } from "./schemas.js";
export { selectors } from "./selectors.js";
