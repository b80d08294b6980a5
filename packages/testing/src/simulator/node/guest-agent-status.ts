import { type Clock, formatTime } from "@kvop/core";
import { findSimulatedCondition, withCondition, withoutCondition } from "../conditions.js";
import type { SimulatedInstanceStatus } from "../simulated-kinds.js";
import type { GuestAgentFacts } from "./guest-states.js";

/** What the guest agent adds to an instance's status, or takes with it when it is gone. */
export function agentStatus(
  status: SimulatedInstanceStatus,
  facts: GuestAgentFacts | undefined,
  clock: Clock,
): SimulatedInstanceStatus {
  const isConnected = findSimulatedCondition(status.conditions, "AgentConnected") !== undefined;
  if (facts === undefined) {
    if (!isConnected) return status;
    return {
      ...status,
      conditions: withoutCondition(status.conditions, "AgentConnected"),
      guestOSInfo: {},
      interfaces: (status.interfaces ?? []).map(({ interfaceName: _, ...rest }) => ({
        ...rest,
        infoSource: "domain",
      })),
    };
  }
  return {
    ...status,
    conditions: withCondition(status.conditions, {
      type: "AgentConnected",
      status: "True",
      lastProbeTime: formatTime(clock.now()),
    }),
    guestOSInfo: { ...facts },
    interfaces: (status.interfaces ?? []).map((each, index) => ({
      ...each,
      infoSource: "domain, guest-agent",
      interfaceName: `eth${index}`,
    })),
  };
}
