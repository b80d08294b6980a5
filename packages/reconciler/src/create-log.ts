import { type Clock, formatTime, type Logger } from "@kvop/core";

/** Levels, least important first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Settings of {@link createLog}. */
export interface LogOptions {
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** One JSON object a line. Default: plain text. */
  readonly isJson?: boolean | undefined;
  /** Default: `info`. */
  readonly level?: LogLevel | undefined;
}

/** A logger that writes one line an entry. */
export function createLog(options: LogOptions): Logger {
  const lowest = LOG_LEVELS.indexOf(options.level ?? "info");
  const format = options.isJson === true ? formatJson : formatPlain;
  const log =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      if (LOG_LEVELS.indexOf(level) < lowest) return;
      options.write(format(formatTime(options.clock.now()), level, message, fields));
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

function formatPlain(time: string, level: LogLevel, message: string, fields: object): string {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${formatValue(value)}`],
  );
  const lines = [time, level.toUpperCase().padEnd(5), message.replaceAll(/\s+/g, " "), ...parts];
  return lines.join(" ");
}

function formatJson(time: string, level: LogLevel, message: string, fields: object): string {
  return JSON.stringify({ time, level, message, ...fields }, (_name, value: unknown) =>
    value instanceof Error ? value.message : value,
  );
}

function formatValue(value: unknown): string {
  const text =
    value instanceof Error
      ? value.message
      : typeof value === "string"
        ? value
        : (JSON.stringify(value) ?? "");
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
