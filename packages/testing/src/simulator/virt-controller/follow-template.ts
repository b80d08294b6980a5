import { formatTime, objectKeyOf } from "@kvop/core";
import { compareQuantity, parseQuantity } from "../../schema/quantity.js";
import { hasCondition, withCondition, withoutCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedInstance, type SimulatedVirtualMachine } from "../simulated-kinds.js";
import { liveMemoryProblem } from "../virt-api/live-update.js";
import { isSame } from "./machine-revision.js";
import { isDeleting, templateSpec, type VirtualMachinePass } from "./virtual-machine-pass.js";

/** What is done about a template that was changed while its instance runs: the instance follows, or a restart is required. */
export async function followTemplate(
  pass: VirtualMachinePass,
  instance: SimulatedInstance,
  started: SimulatedVirtualMachine["spec"],
  cluster: SimulatedCluster,
): Promise<void> {
  const { vm } = pass;
  if (!isSame(liveFieldsOf(started, vm), templateSpec(vm))) {
    requireRestart(pass, "a non-live-updatable field was changed in the template spec");
    return;
  }
  if (vm.status?.conditions !== undefined)
    vm.status.conditions = withoutCondition(vm.status.conditions, "RestartRequired");
  if (isDeleting(instance)) return;
  const operations = [
    ...followSockets(pass, instance),
    ...followPlacement(vm, instance),
    ...followMemory(pass, instance),
  ];
  for (const { path, value } of operations) {
    const { uid = "" } = instance.metadata ?? {};
    const patched = await cluster.changingSpec(uid, () =>
      cluster.client.patch(SimulatedInstance, objectKeyOf(instance), {
        type: "json",
        operations: [
          { op: "test", path: "/metadata/uid", value: uid },
          value === undefined ? { op: "remove", path } : { op: "add", path, value },
        ],
      }),
    );
    pass.instance = cluster.instances.remember(patched);
  }
}

/** The started template with all that may change on a running instance taken from the present one. */
function liveFieldsOf(
  started: SimulatedVirtualMachine["spec"],
  vm: SimulatedVirtualMachine,
): unknown {
  const before = structuredClone(started.template.spec);
  const now = templateSpec(vm);
  if (before.domain.cpu !== undefined && now.domain.cpu !== undefined)
    assignOrDelete(before.domain.cpu, "sockets", now.domain.cpu.sockets);
  if (now.domain.memory?.guest !== undefined)
    before.domain.memory = { ...before.domain.memory, guest: now.domain.memory.guest };
  for (const field of ["nodeSelector", "affinity", "tolerations"] as const)
    assignOrDelete(before, field, now[field]);
  return before;
}

function assignOrDelete<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}

interface InstanceChange {
  readonly path: string;
  readonly value: unknown;
}

function followSockets(pass: VirtualMachinePass, instance: SimulatedInstance): InstanceChange[] {
  const wanted = templateSpec(pass.vm).domain.cpu?.sockets;
  const { sockets = 1, maxSockets = 0 } = instance.spec.domain.cpu ?? {};
  if (templateSpec(pass.vm).domain.cpu === undefined || wanted === undefined || wanted === sockets)
    return [];
  if (hasCondition(instance.status?.conditions, "HotVCPUChange", "True")) {
    pass.failure = {
      reason: "HotPlugCPUError",
      message:
        "Error encountered while handling CPU change request: another CPU hotplug is in progress",
    };
    return [];
  }
  if (wanted > maxSockets) {
    requireRestart(
      pass,
      "CPU sockets updated in template spec to a value higher than what's available",
    );
    return [];
  }
  if (wanted < sockets) {
    requireRestart(pass, "Reduction of CPU socket count requires a restart");
    return [];
  }
  return [{ path: "/spec/domain/cpu/sockets", value: wanted }];
}

function followPlacement(
  vm: SimulatedVirtualMachine,
  instance: SimulatedInstance,
): InstanceChange[] {
  return (["affinity", "nodeSelector", "tolerations"] as const).flatMap((field) =>
    isSame(templateSpec(vm)[field], instance.spec[field])
      ? []
      : [{ path: `/spec/${field}`, value: templateSpec(vm)[field] }],
  );
}

function followMemory(pass: VirtualMachinePass, instance: SimulatedInstance): InstanceChange[] {
  const wanted = templateSpec(pass.vm).domain.memory?.guest;
  const { guest, maxGuest } = instance.spec.domain.memory ?? {};
  const conditions = instance.status?.conditions;
  if (wanted === undefined || guest === undefined || isAmount(wanted, guest)) return [];
  if (instance.status?.memory?.["guestCurrent"] === undefined) return [];
  const refuse = (why: string): InstanceChange[] => {
    requireRestart(pass, why);
    return [];
  };
  if (hasCondition(conditions, "HotMemoryChange", "False"))
    return refuse(
      "memory updated in template spec. Memory-hotplug failed and is not available for this VM configuration",
    );
  if (!hasCondition(conditions, "LiveMigratable", "True"))
    return refuse(
      "memory updated in template spec. Memory-hotplug is only available for migratable VMs",
    );
  if (maxGuest === undefined)
    return refuse(
      "memory updated in template spec. Memory-hotplug is not available for this VM configuration",
    );
  const problem = liveMemoryProblem({ ...templateSpec(pass.vm) }, maxGuest);
  if (problem !== undefined) return refuse(`memory hotplug not supported, ${problem}`);
  const atBoot = instance.status.memory["guestAtBoot"];
  if (atBoot !== undefined && isLess(wanted, atBoot))
    return refuse("memory updated in template spec to a value lower than what the VM started with");
  return [{ path: "/spec/domain/memory/guest", value: wanted }];
}

function isAmount(left: string, right: string): boolean {
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  return a !== undefined && b !== undefined && compareQuantity(a, b) === 0;
}

function isLess(left: string, right: string): boolean {
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  return a !== undefined && b !== undefined && compareQuantity(a, b) < 0;
}

function requireRestart({ vm, cluster }: VirtualMachinePass, message: string): void {
  vm.status ??= {};
  vm.status.conditions = withCondition(vm.status.conditions, {
    type: "RestartRequired",
    status: "True",
    message,
    lastTransitionTime: formatTime(cluster.clock.now()),
  });
}
