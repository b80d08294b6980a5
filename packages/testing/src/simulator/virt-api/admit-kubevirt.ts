import type { Clock, Random } from "@kvop/core";
import { objectAt } from "../../admission/json-access.js";
import type { AdmissionRequest } from "../../api-server/server-context.js";
import { kubevirtCustomResourceDefinitions } from "../../crds/custom-resource-definitions.js";
import { isJsonObject, jsonEqual, type JsonObject } from "../../schema/json.js";
import type { SimulatedInstance, SimulatedVirtualMachine } from "../simulated-kinds.js";
import type { OwnWrites } from "../own-writes.js";
import { checkGoTypes, type SchemaPart } from "./check-go-types.js";
import { defaultInstance } from "./default-instance.js";
import { defaultVirtualMachine } from "./default-virtual-machine.js";
import {
  validateInstanceSpec,
  validateMandatoryFields,
  reservedLabels,
  validateReservedLabels,
} from "./validate-instance-spec.js";
import { validateAnnotations } from "./validate-access.js";
import { validateArchitectureDevices, validateVolumeDisks } from "./validate-details.js";
import { validateDiscontinued } from "./validate-networks.js";
import { validateVirtualMachine } from "./validate-virtual-machine.js";
import { refuseForCauses, type WebhookCause } from "./webhook-refusal.js";

const RUNNING_IS_DEPRECATED = "spec.running is deprecated, please use spec.runStrategy instead.";

/** virt-api's webhooks, for an API server's `addAdmission`. */
export interface KubevirtAdmission {
  readonly mutate: (request: AdmissionRequest) => JsonObject | undefined;
  readonly validate: (request: AdmissionRequest) => undefined;
}

export function kubevirtAdmission(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly ownWrites: OwnWrites;
}): KubevirtAdmission {
  const schemas = new Map<string, SchemaPart>();
  const schemaOf = (plural: string): SchemaPart => {
    const known = schemas.get(plural) ?? readSchema(plural);
    schemas.set(plural, known);
    return known;
  };
  return {
    mutate: (request) => {
      if (!concerns(request)) return undefined;
      return request.plural === "virtualmachines"
        ? mutateMachine(request, schemaOf(request.plural), options)
        : mutateInstance(request, schemaOf(request.plural), options);
    },
    validate: (request) => {
      if (!concerns(request)) return undefined;
      if (request.plural === "virtualmachines") validateMachine(request);
      else validateInstance(request, options);
      return undefined;
    },
  };
}

function concerns({ group, plural, operation, subresource }: AdmissionRequest): boolean {
  return (
    group === "kubevirt.io" &&
    (plural === "virtualmachines" || plural === "virtualmachineinstances") &&
    operation !== "DELETE" &&
    subresource === ""
  );
}

function readSchema(plural: string): SchemaPart {
  const crd = kubevirtCustomResourceDefinitions().find(
    (each) => (each["metadata"] as JsonObject)["name"] === `${plural}.kubevirt.io`,
  );
  const versions = (crd?.["spec"] as JsonObject | undefined)?.["versions"] as
    | { schema: { openAPIV3Schema: SchemaPart } }[]
    | undefined;
  return versions?.[0]?.schema.openAPIV3Schema ?? {};
}

function mutateMachine(
  request: AdmissionRequest,
  schema: SchemaPart,
  { random }: { readonly random: Random },
): JsonObject {
  const { object, operation } = request;
  checkGoTypes("virtualmachines-mutator", "VirtualMachineInstanceTemplateSpec", object, schema);
  defaultVirtualMachine(object as unknown as SimulatedVirtualMachine, {
    random,
    isCreate: operation === "CREATE",
  });
  return object;
}

function mutateInstance(
  request: AdmissionRequest,
  schema: SchemaPart,
  options: { readonly clock: Clock; readonly random: Random; readonly ownWrites: OwnWrites },
): JsonObject | undefined {
  const { object, oldObject } = request;
  if (request.operation !== "CREATE")
    return isOwn(object, options) ? undefined : keepStatus(object, oldObject);
  checkGoTypes("virtualmachineinstances-mutator", "VirtualMachineInstanceSpec", object, schema);
  return defaultInstance(object as unknown as SimulatedInstance, options) as unknown as JsonObject;
}

function isOwn(object: JsonObject, { ownWrites }: { readonly ownWrites: OwnWrites }): boolean {
  return ownWrites.has((object["metadata"] as JsonObject)["uid"] as string);
}

/** What others say of the status of an instance is passed over in silence. */
function keepStatus(object: JsonObject, oldObject: JsonObject | undefined): JsonObject | undefined {
  const old = oldObject?.["status"];
  if (jsonEqual(object["status"], old)) return undefined;
  const { status: _, ...rest } = object;
  return old === undefined ? rest : { ...rest, status: old };
}

function validateMachine({ object, oldObject, operation, warn }: AdmissionRequest): void {
  const spec = object["spec"];
  const running = isJsonObject(spec) ? spec["running"] : undefined;
  if (isBeingDeleted(object)) return;
  refuseWhenAny(
    "virtualmachine-validator",
    validateVirtualMachine(object, operation === "CREATE" ? undefined : oldObject),
  );
  if (running !== undefined && running !== null) warn(RUNNING_IS_DEPRECATED);
}

function validateInstance(
  request: AdmissionRequest,
  options: { readonly ownWrites: OwnWrites },
): void {
  const { object, oldObject, operation } = request;
  const spec = object["spec"];
  const metadata = object["metadata"] as JsonObject;
  if (!isJsonObject(spec)) return;
  if (operation === "CREATE") {
    refuseWhenAny("virtualmachineinstances-create-validator", [
      ...validateDiscontinued(spec),
      ...validateInstanceSpec("spec", spec),
      ...validateVolumeDisks("spec", spec),
      ...validateMandatoryFields("spec", spec),
      ...validateReservedLabels("metadata", objectAt(metadata, "labels")),
      ...validateAnnotations("metadata", objectAt(metadata, "annotations")),
      ...validateArchitectureDevices("spec", spec),
    ]);
    return;
  }
  if (isOwn(object, options)) return;
  const refuse = (message: string): void =>
    refuseWhenAny("virtualmachineinstances-update-validator", [
      { reason: "FieldValueNotSupported", message },
    ]);
  if (!jsonEqual(spec, oldObject?.["spec"])) refuse("update of VMI object is restricted");
  const labelsOf = (each: JsonObject | undefined): JsonObject =>
    reservedLabels(objectAt(objectAt(each ?? {}, "metadata"), "labels"));
  if (!jsonEqual(labelsOf(object), labelsOf(oldObject))) {
    refuse(
      "modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited",
    );
  }
}

function isBeingDeleted(object: JsonObject): boolean {
  return (object["metadata"] as JsonObject)["deletionTimestamp"] !== undefined;
}

function refuseWhenAny(webhook: string, causes: readonly WebhookCause[]): void {
  if (causes.length > 0) throw refuseForCauses(webhook, causes);
}
