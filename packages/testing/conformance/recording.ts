import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Answer } from "./case.js";

/** The answers of each case of a topic. */
export type Recording = Readonly<Record<string, readonly Answer[]>>;

const folder = (version: string): string =>
  fileURLToPath(new URL(`recorded/${version}/`, import.meta.url));

/** What the real server of that version answered; empty when the topic was never recorded. */
export function readRecording(version: string, topic: string): Recording {
  try {
    return JSON.parse(readFileSync(`${folder(version)}${topic}.json`, "utf8")) as Recording;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

export function writeRecording(version: string, topic: string, recording: Recording): void {
  mkdirSync(folder(version), { recursive: true });
  writeFileSync(`${folder(version)}${topic}.json`, `${JSON.stringify(recording, undefined, 1)}\n`);
}
