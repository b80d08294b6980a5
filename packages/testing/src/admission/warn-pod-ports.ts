import type { JsonObject } from "../schema/json.js";
import { numberAt, objectsAt, textAt } from "./json-access.js";

interface Port {
  readonly path: string;
  readonly hostPort: number;
  readonly hostIp: string;
}

/** What the real server says of ports of a pod that are in each other's way, across all its containers. */
export function warningsOfPorts(
  containers: readonly { readonly container: JsonObject; readonly path: string }[],
): string[] {
  const known = new Map<string, Port[]>();
  return containers.flatMap(({ container, path: containerPath }) =>
    objectsAt(container, "ports").flatMap((object, index) => {
      const port = {
        path: `${containerPath}.ports[${index}]`,
        hostPort: numberAt(object, "hostPort") ?? 0,
        hostIp: textAt(object, "hostIP"),
      };
      const key = `${numberAt(object, "containerPort") ?? 0}/${textAt(object, "protocol")}`;
      const others = known.get(key) ?? [];
      known.set(key, [...others, port]);
      return [
        ...(port.hostIp !== "" && port.hostPort === 0
          ? [`${port.path}: hostIP set without hostPort: ${goPort(object)}`]
          : []),
        ...others.flatMap((other) => {
          const conflict = conflictOf(port, other);
          return conflict === undefined
            ? []
            : [`${port.path}: ${conflict} port definition with ${other.path}`];
        }),
      ];
    }),
  );
}

function conflictOf(port: Port, other: Port): string | undefined {
  if (port.hostPort === other.hostPort && port.hostIp === other.hostIp) return "duplicate";
  if (port.hostPort === 0 || other.hostPort === 0) return "overlapping";
  const isAmbiguous = (port.hostIp === "") !== (other.hostIp === "");
  return port.hostPort === other.hostPort && isAmbiguous ? "dangerously ambiguous" : undefined;
}

/** The port as Go prints its struct. */
function goPort(port: JsonObject): string {
  return `{Name:${textAt(port, "name")} HostPort:0 ContainerPort:${numberAt(port, "containerPort") ?? 0} Protocol:${textAt(port, "protocol")} HostIP:${textAt(port, "hostIP")}}`;
}
