import { hasErrorCode, KvopError } from "@kvop/core";

/** An environment variable or flag holds a value that it may not have. */
export class InvalidSettingError extends KvopError {
  readonly code = "InvalidSetting";
  readonly isRetryable = false;
  readonly setting: string;

  constructor(fields: {
    readonly setting: string;
    readonly value: string;
    readonly expected: string;
  }) {
    super(`${fields.setting} is "${fields.value}"; it must be ${fields.expected}.`);
    this.setting = fields.setting;
  }

  static override isInstance(error: unknown): error is InvalidSettingError {
    return hasErrorCode(error, "InvalidSetting");
  }
}
