import { performance } from "node:perf_hooks";

/** The median of the numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Wall milliseconds of one run of `work`, and what it gave. */
export async function timed(work) {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

/**
 * Medians of wall and CPU microseconds per call, over `rounds` interleaved rounds of the named works, every other one backwards:
 * each comes as often after the others' garbage as before it.
 */
export async function interleaved(works, { rounds, calls }) {
  const seen = Object.fromEntries(Object.keys(works).map((name) => [name, { wall: [], cpu: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    const order = Object.entries(works);
    for (const [name, work] of round % 2 === 0 ? order : order.reverse()) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      for (let call = 0; call < calls; call += 1) await work();
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      seen[name].wall.push((wall * 1000) / calls);
      seen[name].cpu.push((user + system) / calls);
    }
  }
  return Object.fromEntries(
    Object.entries(seen).map(([name, { wall, cpu }]) => [
      name,
      { wallUs: median(wall), cpuUs: median(cpu) },
    ]),
  );
}
