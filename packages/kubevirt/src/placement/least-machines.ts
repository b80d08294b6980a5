import type { PlacementStrategy, PlacementSubject } from "@kvop/core";

/** The Machines that are placed already, as far as seen. */
export interface PlacedMachines {
  /** How many Machines are recorded for a config. */
  countOf(configName: string): number;
  /** The config that a Machine is recorded for; undefined while none was seen in it. */
  configOf(machine: PlacementSubject): string | undefined;
}

interface Reservation {
  readonly configName: string;
  readonly machine: PlacementSubject;
}

/** Placements that were never seen in their Machine are forgotten beyond so many: their Machines are gone. */
const MAX_RESERVATIONS = 100_000;

/**
 * A placement strategy: the config with the least Machines, the first by name of several. What it has answered counts from
 * then on, not only once it is seen in the Machine, so that Machines that come at the same time spread evenly; asked again
 * about the same Machine it gives the same answer while that config is among those given.
 */
export function leastMachines(placed: PlacedMachines): PlacementStrategy {
  const reservations = new Map<string, Reservation>();
  return (configNames, machine) => {
    forgetSeen(reservations, placed);
    const id = machine === undefined ? undefined : idOf(machine);
    const before = id === undefined ? undefined : reservations.get(id);
    if (before !== undefined && configNames.includes(before.configName)) return before.configName;
    if (id !== undefined) reservations.delete(id);
    const configName = chooseLeast(configNames, placed, reservations);
    if (configName === undefined || machine === undefined || id === undefined) return configName;
    reservations.set(id, { configName, machine });
    const [oldest] = reservations.keys();
    if (reservations.size > MAX_RESERVATIONS && oldest !== undefined) reservations.delete(oldest);
    return configName;
  };
}

function chooseLeast(
  configNames: readonly string[],
  placed: PlacedMachines,
  reservations: ReadonlyMap<string, Reservation>,
): string | undefined {
  const reserved = new Map<string, number>();
  for (const { configName } of reservations.values())
    reserved.set(configName, (reserved.get(configName) ?? 0) + 1);
  let least: { readonly configName: string; readonly count: number } | undefined;
  for (const configName of [...configNames].sort()) {
    const count = placed.countOf(configName) + (reserved.get(configName) ?? 0);
    if (least === undefined || count < least.count) least = { configName, count };
  }
  return least?.configName;
}

/** What is seen in a Machine is counted there. */
function forgetSeen(reservations: Map<string, Reservation>, placed: PlacedMachines): void {
  for (const [id, { machine }] of reservations)
    if (placed.configOf(machine) !== undefined) reservations.delete(id);
}

function idOf({ namespace, name, uid = "" }: PlacementSubject): string {
  return `${namespace}/${name}/${uid}`;
}
