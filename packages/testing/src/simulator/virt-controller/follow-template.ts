import { formatTime, objectKeyOf } from "@kvop/core";
import { formatQuantity, parseQuantity } from "../../schema/quantity.js";
import { hasCondition, withCondition, withoutCondition } from "../conditions.js";
import { SimulatedInstance, type SimulatedVirtualMachine } from "../simulated-kinds.js";
import { liveMemoryProblem } from "../virt-api/live-update.js";
import { virtualCpusOf } from "./launcher-resources.js";
import { liveFieldsOf } from "./live-fields.js";
import { isSame } from "./machine-revision.js";
import { isDeleting, templateSpec, type VirtualMachinePass } from "./virtual-machine-pass.js";

/** A virtual CPU asks for a tenth of a real one. */
const NANOS_PER_VIRTUAL_CPU = 100_000_000n;

/** What is done about a template that was changed while its instance runs: the instance follows, or a restart is required. */
export async function followTemplate(
  pass: VirtualMachinePass,
  instance: SimulatedInstance,
  started: SimulatedVirtualMachine["spec"],
): Promise<void> {
  const { vm } = pass;
  const isLive = isSame(liveFieldsOf(started, vm, instance), templateSpec(vm));
  if (!isLive) requireRestart(pass, "a non-live-updatable field was changed in the template spec");
  else if (vm.status?.conditions !== undefined)
    vm.status.conditions = withoutCondition(vm.status.conditions, "RestartRequired");
  if (isDeleting(instance)) return;
  await change(pass, instance, followInterfaces(vm, instance));
  if (!isLive) return;
  for (const follow of [followSockets, followPlacement, followMemory]) {
    const changes = follow(pass, instance);
    if (pass.failure !== undefined) return;
    await change(pass, instance, changes);
  }
}

interface InstanceChange {
  readonly path: string;
  readonly value: unknown;
}

async function change(
  pass: VirtualMachinePass,
  instance: SimulatedInstance,
  changes: readonly InstanceChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const { cluster } = pass;
  const { uid = "" } = instance.metadata ?? {};
  const patched = await cluster.changingSpec(uid, () =>
    cluster.client.patch(SimulatedInstance, objectKeyOf(instance), {
      type: "json",
      operations: [
        { op: "test", path: "/metadata/uid", value: uid },
        ...changes.map(({ path, value }) =>
          value === undefined
            ? ({ op: "remove", path } as const)
            : ({ op: "add", path, value } as const),
        ),
      ],
    }),
  );
  pass.instance = cluster.instances.remember(patched);
}

/** Interfaces that were added, and states that interfaces are to take. */
function followInterfaces(
  vm: SimulatedVirtualMachine,
  { spec }: SimulatedInstance,
): InstanceChange[] {
  const wanted = templateSpec(vm);
  const present = spec.domain.devices.interfaces ?? [];
  const plugged = (wanted.domain.devices.interfaces ?? []).filter(
    ({ name, bridge, sriov }) =>
      !present.some((each) => each.name === name) &&
      (bridge !== undefined || sriov !== undefined) &&
      wanted.networks?.some((network) => network.name === name && network.multus !== undefined),
  );
  const interfaces = [
    ...present.map(({ state: _, ...each }) => {
      const state = wanted.domain.devices.interfaces?.find(({ name }) => name === each.name)?.[
        "state"
      ];
      return state === undefined ? each : { ...each, state };
    }),
    ...plugged,
  ];
  if (isSame(interfaces, present)) return [];
  const networks = (wanted.networks ?? []).filter(({ name }) =>
    plugged.some((each) => each.name === name),
  );
  return [
    { path: "/spec/networks", value: [...(spec.networks ?? []), ...networks] },
    { path: "/spec/domain/devices/interfaces", value: interfaces },
  ];
}

function followSockets(pass: VirtualMachinePass, instance: SimulatedInstance): InstanceChange[] {
  const { cpu: wantedCpu, resources: wantedResources } = templateSpec(pass.vm).domain;
  const wanted = wantedCpu?.sockets;
  const { cpu = {}, resources } = instance.spec.domain;
  const { sockets = 1, maxSockets = 0 } = cpu;
  if (wanted === undefined || wanted === sockets) return [];
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
  const more = virtualCpusOf({ ...cpu, sockets: wanted }) - virtualCpusOf(cpu);
  return [
    { path: "/spec/domain/cpu/sockets", value: wanted },
    ...(["requests", "limits"] as const).flatMap((kind) =>
      nanosOf(wantedResources?.[kind]?.["cpu"]) === 0n
        ? []
        : [
            {
              path: `/spec/domain/resources/${kind}/cpu`,
              value: plus(resources?.[kind]?.["cpu"], BigInt(more) * NANOS_PER_VIRTUAL_CPU),
            },
          ],
    ),
  ];
}

function followPlacement(
  { vm }: VirtualMachinePass,
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
  const { conditions, memory } = instance.status ?? {};
  const current = memory?.["guestCurrent"];
  if (wanted === undefined || guest === undefined || current === undefined) return [];
  const refuse = (why: string): InstanceChange[] => {
    requireRestart(pass, why);
    return [];
  };
  if (hasCondition(conditions, "HotMemoryChange", "False"))
    return refuse(
      "memory updated in template spec. Memory-hotplug failed and is not available for this VM configuration",
    );
  if (nanosOf(wanted) === nanosOf(guest)) return [];
  if (!hasCondition(conditions, "LiveMigratable", "True"))
    return refuse(
      "memory updated in template spec. Memory-hotplug is only available for migratable VMs",
    );
  if (maxGuest === undefined)
    return refuse(
      "memory updated in template spec. Memory-hotplug is not available for this VM configuration",
    );
  if (hasCondition(conditions, "HotMemoryChange", "True")) {
    pass.failure = {
      reason: "HotPlugMemoryError",
      message:
        "error encountered while handling memory hotplug requests: another memory hotplug is in progress",
    };
    return [];
  }
  const problem = liveMemoryProblem({ ...templateSpec(pass.vm) }, maxGuest);
  if (problem !== undefined) return refuse(`memory hotplug not supported, ${problem}`);
  if (nanosOf(wanted) < nanosOf(memory?.["guestAtBoot"]))
    return refuse("memory updated in template spec to a value lower than what the VM started with");
  return [
    { path: "/spec/domain/memory/guest", value: wanted },
    ...memoryResources(instance, wanted, nanosOf(wanted) - nanosOf(current)),
  ];
}

/** Requests and limits grow with the guest; a request never falls below it. */
function memoryResources(
  { spec }: SimulatedInstance,
  wanted: string,
  more: bigint,
): InstanceChange[] {
  const { requests, limits } = spec.domain.resources ?? {};
  const [request, limit] = [requests?.["memory"], limits?.["memory"]];
  const changes: InstanceChange[] = [];
  let left = more;
  if (nanosOf(request) !== 0n) {
    const grown = plus(request, more);
    const isShort = nanosOf(grown) < nanosOf(wanted);
    if (isShort) left = 0n;
    changes.push({
      path: "/spec/domain/resources/requests/memory",
      value: isShort ? wanted : grown,
    });
  }
  if (nanosOf(limit) !== 0n)
    changes.push({ path: "/spec/domain/resources/limits/memory", value: plus(limit, left) });
  return changes;
}

function nanosOf(text: string | undefined): bigint {
  return (text === undefined ? undefined : parseQuantity(text)?.nanos) ?? 0n;
}

function plus(text: string | undefined, nanos: bigint): string {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return formatQuantity({
    nanos: (quantity?.nanos ?? 0n) + nanos,
    format: quantity?.format ?? "DecimalSI",
  });
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
