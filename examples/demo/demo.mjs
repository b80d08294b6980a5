// Shows what kvop does, on a fleet inside this process and with the real operator beside it. Every claim it prints was
// checked; one that does not hold ends it with the reason and exit code 1.
import { parseArgs } from "node:util";
import { Interruption, runStory } from "./story.mjs";

const HELP = `Usage: demo [options]

  --machines N      Machines to begin with (default 6)
  --clusters N      KubeVirt clusters, at least 2 (default 3)
  --engine ENGINE   embedded (default), or envtest for real kube-apiservers (needs KUBEBUILDER_ASSETS)
  --keep            leave all running at the end and print commands to try; Ctrl-C ends it
  --help            show this
`;

/** A whole number from `lowest` up. */
function readCount(name, text, lowest) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < lowest || count > 500)
    throw new Error(`--${name} is "${text}"; it must be a whole number from ${lowest} to 500.`);
  return count;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      machines: { type: "string", default: "6" },
      clusters: { type: "string", default: "3" },
      engine: { type: "string", default: "embedded" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (!["embedded", "envtest"].includes(values.engine))
    throw new Error(`--engine is "${values.engine}"; it must be embedded or envtest.`);
  return {
    machines: readCount("machines", values.machines, 1),
    clusters: readCount("clusters", values.clusters, 2),
    engine: values.engine,
    isKept: values.keep,
    isHelp: values.help,
  };
}

async function main() {
  let options;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n\n${HELP}`);
    return 2;
  }
  if (options.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    await runStory(options);
    return 0;
  } catch (error) {
    // With --keep a signal is how it ends.
    if (options.isKept && error instanceof Interruption) return 0;
    process.stderr.write(`\nThe demo failed: ${error.message}\n`);
    return 1;
  }
}

// Connections of the fleet that nobody waits for any more must not hold the process.
process.exit(await main());
