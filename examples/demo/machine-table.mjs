/** One row of the table. */
function rowOf(machine, nowMs) {
  const { name, namespace, creationTimestamp, annotations = {} } = machine.metadata;
  const conditions = machine.status?.conditions ?? [];
  const reachable = conditions.find(({ type }) => type === "ClusterReachable");
  const phase = machine.status?.phase ?? "-";
  const ageMs = Math.max(0, nowMs - Date.parse(creationTimestamp));
  return [
    `${namespace}/${name}`,
    annotations["vitistack.io/kubevirt-config"] ?? "-",
    reachable?.status === "False" ? `${phase} (cluster does not answer)` : phase,
    machine.status?.ipAddresses?.[0] ?? "-",
    `${Math.round(ageMs / 1000)}s`,
  ];
}

const HEADER = ["MACHINE", "CLUSTER", "PHASE", "IP", "AGE"];

/** The table as lines. */
export function formatTable(machines, nowMs) {
  const rows = [HEADER, ...machines.map((machine) => rowOf(machine, nowMs)).sort(byName)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
}

function byName([a], [b]) {
  return a < b ? -1 : 1;
}

/** Shows Machines as they change: a table drawn anew on a terminal, else a line a change. */
export class MachineTable {
  #drawn = 0;
  #last = new Map();
  #isTty = process.stdout.isTTY;

  /** Prints a line above the table. */
  say(text) {
    this.#erase();
    process.stdout.write(`${text}\n`);
  }

  show(machines) {
    if (this.#isTty) this.#draw(machines);
    else this.#printChanges(machines);
  }

  /** What comes next is written below the table. */
  leave() {
    this.#drawn = 0;
  }

  #draw(machines) {
    this.#erase();
    // A terminal scrolls what does not fit, and the cursor could not go back to it.
    const lines = formatTable(machines, Date.now()).slice(0, (process.stdout.rows ?? 24) - 2);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    this.#drawn = lines.length;
  }

  #erase() {
    if (this.#drawn > 0) process.stdout.write(`\u001B[${this.#drawn}A\u001B[0J`);
    this.#drawn = 0;
  }

  #printChanges(machines) {
    const present = new Map();
    for (const machine of machines) {
      const row = rowOf(machine, Date.now());
      const key = row[0];
      const shown = row.slice(0, 4).join("  ");
      present.set(key, shown);
      if (this.#last.get(key) !== shown) process.stdout.write(`  ${shown}  ${row[4]}\n`);
    }
    for (const key of this.#last.keys())
      if (!present.has(key)) process.stdout.write(`  ${key}  gone\n`);
    this.#last = present;
  }
}
