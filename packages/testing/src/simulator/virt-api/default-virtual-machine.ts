import type { Random } from "@kvop/core";
import type { SimulatedVirtualMachine } from "../simulated-kinds.js";
import { canonicaliseQuantities } from "./canonical-quantities.js";
import {
  defaultInstanceFields,
  PCI_TOPOLOGY_ANNOTATION,
  PCI_TOPOLOGY_VERSION,
} from "./default-instance.js";

/** What virt-api's mutating webhook makes of a VirtualMachine that is written. In place. */
export function defaultVirtualMachine(
  vm: SimulatedVirtualMachine,
  { random, isCreate }: { readonly random: Random; readonly isCreate: boolean },
): void {
  const { template } = vm.spec;
  canonicaliseQuantities(template.spec);
  defaultInstanceFields(template.spec);
  if (!isCreate) return;
  const { domain } = template.spec;
  domain.firmware = {
    serial: random.uuid(),
    uuid: random.uuid(),
    ...domain.firmware,
  };
  template.metadata = {
    ...template.metadata,
    annotations: {
      [PCI_TOPOLOGY_ANNOTATION]: PCI_TOPOLOGY_VERSION,
      ...template.metadata?.annotations,
    },
  };
}
