import { isDeepStrictEqual } from "node:util";
import type {
  KubernetesObject,
  Machine,
  PersistentVolumeClaim,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";

/** What of a Machine is a reason to look at it again: all but its status, which the reconciler writes itself. */
export function hasMachineChanged(old: Machine, next: Machine): boolean {
  const relevant = ({ metadata }: Machine): unknown => [
    metadata?.uid,
    metadata?.generation,
    metadata?.annotations,
    metadata?.labels,
    metadata?.finalizers,
    metadata?.deletionTimestamp,
  ];
  return !isDeepStrictEqual(relevant(old), relevant(next));
}

/** Whether anything of an object on a cluster changed that a Machine's status shows. */
export function hasRemoteChanged<T extends KubernetesObject>(
  project: (object: T) => unknown,
  old: T,
  next: T,
): boolean {
  const identity = ({ metadata }: T): unknown => [metadata?.uid, metadata?.deletionTimestamp];
  return (
    !isDeepStrictEqual(identity(old), identity(next)) ||
    !isDeepStrictEqual(project(old), project(next))
  );
}

export function projectVirtualMachine({ status }: VirtualMachine): unknown {
  return status?.printableStatus;
}

export function projectInstance({ status }: VirtualMachineInstance): unknown {
  return [status?.phase, status?.interfaces, status?.volumeStatus];
}

export function projectClaim({ status }: PersistentVolumeClaim): unknown {
  return status?.phase;
}
