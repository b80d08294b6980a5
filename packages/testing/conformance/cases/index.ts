import type { Topic } from "../case.js";
import { accessControl } from "./access.js";
import { admission } from "./admission.js";
import { admissionPolicies } from "./admission-policies.js";
import { admissionWebhooks } from "./admission-webhooks.js";
import { badInput } from "./bad-input.js";
import { bootstrap } from "./bootstrap.js";
import { builtInObjects } from "./built-in-objects.js";
import { builtInWorkloads } from "./built-in-workloads.js";
import { cel } from "./cel.js";
import { celCost } from "./cel-cost.js";
import { controllers } from "./controllers.js";
import { crud } from "./crud.js";
import { customResources } from "./custom-resources.js";
import { deletion } from "./deletion.js";
import { deprecations } from "./deprecations.js";
import { discovery } from "./discovery.js";
import { fieldValidation } from "./field-validation.js";
import { lists } from "./lists.js";
import { mutatingPolicies } from "./mutating-policies.js";
import { objectValidation } from "./object-validation.js";
import { openApi } from "./open-api.js";
import { patches } from "./patches.js";
import { podSecurity } from "./pod-security.js";
import { podValidation } from "./pod-validation.js";
import { podSubresources } from "./pod-subresources.js";
import { protobuf } from "./protobuf.js";
import { representations } from "./representations.js";
import { serverSideApply } from "./server-side-apply.js";
import { statusAndScale } from "./status-and-scale.js";
import { strategicMergePatch } from "./strategic-merge-patch.js";
import { serverPaths } from "./server-paths.js";
import { tables } from "./tables.js";
import { tokens } from "./tokens.js";
import { transport } from "./transport.js";
import { warnings } from "./warnings.js";
import { watching } from "./watch.js";

export const topics: readonly Topic[] = [
  discovery,
  bootstrap,
  serverPaths,
  openApi,
  crud,
  statusAndScale,
  deletion,
  controllers,
  podSubresources,
  lists,
  representations,
  tables,
  watching,
  patches,
  strategicMergePatch,
  serverSideApply,
  customResources,
  cel,
  celCost,
  fieldValidation,
  badInput,
  transport,
  protobuf,
  accessControl,
  deprecations,
  warnings,
  tokens,
  admission,
  admissionWebhooks,
  admissionPolicies,
  mutatingPolicies,
  podSecurity,
  builtInObjects,
  builtInWorkloads,
  objectValidation,
  podValidation,
];
