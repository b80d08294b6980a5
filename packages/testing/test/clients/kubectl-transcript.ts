import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One command of a transcript, and what the real server made of it (normalised, with the exit code as its last line). */
export interface TranscriptStep {
  readonly command: string;
  readonly expected: string;
}

/** A file `kubectl/<name>.transcript`: lines of comment, `$ command` with `> ` for its further lines, then the output. */
export interface Transcript {
  readonly name: string;
  readonly steps: readonly TranscriptStep[];
}

const FOLDER = fileURLToPath(new URL("kubectl/", import.meta.url));
const SUFFIX = ".transcript";

export function readTranscripts(): readonly Transcript[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .map((file) => ({
      name: file.slice(0, -SUFFIX.length),
      steps: parseTranscript(readFileSync(FOLDER + file, "utf8")),
    }));
}

/** Stores what the real server answered. */
export function writeTranscript(name: string, steps: readonly TranscriptStep[]): void {
  writeFileSync(FOLDER + name + SUFFIX, steps.map(printStep).join("\n"));
}

export function parseTranscript(text: string): readonly TranscriptStep[] {
  const steps: { command: string[]; output: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: [line.slice(2)], output: [] });
    else if (line.startsWith(">") && steps.at(-1)?.output.length === 0)
      steps.at(-1)?.command.push(line.slice(2));
    else steps.at(-1)?.output.push(line.replace(/^ {2}/, ""));
  }
  return steps.map(({ command, output }) => ({
    command: command.join("\n"),
    expected: output.join("\n").trimEnd(),
  }));
}

function printStep({ command, expected }: TranscriptStep): string {
  const output = expected.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
  return [`$ ${command.replaceAll("\n", "\n> ")}`, ...output, ""].join("\n");
}
