import { createHash } from "node:crypto";
import { isSecondary, type SimulatedInstance } from "../simulated-kinds.js";

/** As long as the name of an interface may be on Linux, less one. */
const LONGEST_NAME = 14;

/** The name that the interface of a network beside the Pod's own has in the Pod. */
export function podInterfaceName(network: string): string {
  const hash = createHash("sha256").update(network).digest("hex");
  return `pod${hash}`.slice(0, LONGEST_NAME);
}

/** What Multus is told of the networks beside the Pod's own; undefined when there are none. */
export function networksAnnotation({ metadata, spec }: SimulatedInstance): string | undefined {
  const interfaces = spec.domain.devices.interfaces ?? [];
  const selected = (spec.networks ?? []).flatMap((network) => {
    const found = interfaces.find(({ name }) => name === network.name);
    if (!isSecondary(network) || found?.["state"] === "absent") return [];
    const [name = "", namespace = metadata?.namespace] = network.multus.networkName
      .split("/", 2)
      .toReversed();
    return [
      {
        name,
        namespace,
        ...(found?.macAddress === undefined ? {} : { mac: found.macAddress }),
        interface: podInterfaceName(network.name),
      },
    ];
  });
  return selected.length === 0 ? undefined : JSON.stringify(selected);
}
