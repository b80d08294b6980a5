/**
 * Where log lines go. A pino logger satisfies it as it is; fields come first, the message second.
 * kvop never puts a credential into a field or a message.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ignore = (): void => undefined;

/** Drops every line; the default wherever a logger is optional. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
