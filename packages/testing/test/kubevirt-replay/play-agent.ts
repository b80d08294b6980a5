import type { ObjectKey } from "@kvop/core";
import type { KubevirtSimulator, SimulatedGuest, StageFailure } from "../../src/kubevirt.js";

const COUNTS: Readonly<Record<string, number>> = { once: 1, twice: 2, "three times": 3 };
const OWN_NAME = "vm";

type Undo = (order: Disposable) => void;
interface Order {
  readonly pattern: RegExp;
  /** Called with what the pattern's groups matched. */
  readonly play: (context: {
    readonly simulator: KubevirtSimulator;
    readonly keep: Undo;
    readonly undo: () => void;
    readonly groups: readonly (string | undefined)[];
    readonly key: (name?: string) => ObjectKey;
  }) => void;
}

function fails(
  stage: "pull" | "launch" | "schedule" | "import",
  failure: (groups: readonly (string | undefined)[]) => StageFailure,
): Order["play"] {
  return ({ simulator, keep, groups, key }) => {
    keep(simulator.fail(key(groups[0]), stage, failure(groups)));
  };
}

function holds(stage: Parameters<KubevirtSimulator["hold"]>[1]): Order["play"] {
  return ({ simulator, keep, groups, key }) => {
    keep(simulator.hold(key(groups[0]), stage));
  };
}

function guest(act: (guest: SimulatedGuest) => void): Order["play"] {
  return ({ simulator, groups, key }) => {
    act(simulator.guest(key(groups[0])));
  };
}

function timesOf(text: string | undefined): StageFailure {
  if (text === undefined) return {};
  const times = COUNTS[text] ?? Number(/^\d+/.exec(text)?.[0]);
  return Number.isNaN(times) ? {} : { times };
}

const TIMES = "(?: (once|twice|three times|\\d+ times))?";

/** The first one that fits counts. */
const ORDERS: readonly Order[] = [
  { pattern: /^kubelet looks again$/, play: () => undefined },
  {
    pattern: / as usual$| can (?:now )?be (?:pulled|scheduled|bound|imported)$| (?:is|are) bound$/,
    play: ({ undo }) => {
      undo();
    },
  },
  {
    pattern: /^images of (\S+) cannot be pulled: (\S+)$/,
    play: (context) => {
      context.undo();
      fails("pull", ([, reason]) => ({ reason }))(context);
    },
  },
  {
    pattern: new RegExp(`^virt-launcher pods? of (\\S+) fails?${TIMES}$`),
    play: fails("launch", ([, times]) => timesOf(times)),
  },
  { pattern: /^(\S+) cannot be scheduled$/, play: fails("schedule", () => ({})) },
  {
    pattern: new RegExp(
      `^the (?:import|clone|upload|population) of (\\S+) (?:errs|fails)${TIMES}$`,
    ),
    play: fails("import", ([, times]) => timesOf(times)),
  },
  { pattern: /^the import of (\S+) (?:is held|waits|hangs)$/, play: holds("import") },
  { pattern: /^(\S+) (?:is not|cannot be|stays not) bound$/, play: holds("bind") },
  { pattern: /^guest of (\S+) (?:ignores a shutdown|hangs)$/, play: holds("shutdown") },
  { pattern: /^guest of (\S+) does not (?:boot|start)$/, play: holds("boot") },
  {
    pattern: /^guest(?: of (\S+))? (?:shutdown|shuts down)$/,
    play: guest((each) => {
      each.shutDown();
    }),
  },
  {
    pattern: /^guest(?: of (\S+))? (?:crash|crashes)$/,
    play: guest((each) => {
      each.crash();
    }),
  },
  {
    pattern: /^guest(?: of (\S+))? (?:is )?killed$/,
    play: guest((each) => {
      each.kill();
    }),
  },
  {
    pattern: /^(?:the )?guest agent(?: of (\S+))? (?:is )?connect(?:s|ed)$/,
    play: ({ simulator, keep, groups, key }) => {
      keep(simulator.guest(key(groups[0])).connectAgent());
    },
  },
  {
    pattern: /^(?:the )?guest agent(?: of (\S+))? (?:is )?disconnect(?:s|ed)$/,
    play: ({ undo }) => {
      undo();
    },
  },
];

/** How the agent of the recordings is told to behave. */
export function playAgent(
  simulator: KubevirtSimulator,
  namespace: string,
): (order: string) => void {
  const kept: Disposable[] = [];
  return (order) => {
    for (const { pattern, play } of ORDERS) {
      const found = pattern.exec(order);
      if (found === null) continue;
      play({
        simulator,
        keep: (each) => kept.push(each),
        undo: () => {
          for (const each of kept.splice(0)) each[Symbol.dispose]();
        },
        groups: found.slice(1),
        key: (name = OWN_NAME) => ({ namespace, name }),
      });
      return;
    }
    throw new Error(`unknown order: ${order}`);
  };
}
