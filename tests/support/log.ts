/**
 * A log that a test can look at.
 */
import type { LogFields, LogLevel } from "../../core/log.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export class CollectedLog {
  readonly lines: Array<LogLine> = [];

  readonly log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    this.lines.push({ level, message, fields });
  };

  /** The messages of one level. */
  at(level: LogLevel): ReadonlyArray<string> {
    return this.lines.filter((line) => line.level === level).map((line) => line.message);
  }
}
