import { printable } from "../../core/printable.ts";
import type { LogFields, Logger } from "../../ports/logger.ts";

export interface LogOptions {
  /** `text`: a line for people; `json`: one object a line, for collectors. */
  readonly format: "text" | "json";
  /** Lines below this level are not written. Default: info. */
  readonly level?: Level;
  /** Name of the process, in every line. */
  readonly name: string;
  /** Takes one line with its newline. Default: standard output. */
  readonly write?: (line: string) => void;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** A log that writes each event at once, as one line. */
export function createLog({ format, level: lowest = "info", name, write = writeToStandardOutput }: LogOptions): Logger {
  const line = format === "json" ? jsonLine : textLine;
  const at = (level: Level) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return () => {};
    return (event: string, fields?: LogFields) => write(`${line(new Date(), level, name, event, fields ?? {})}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function writeToStandardOutput(line: string): void {
  process.stdout.write(line);
}

function jsonLine(now: Date, level: Level, name: string, event: string, fields: LogFields): string {
  return JSON.stringify({ time: now.toISOString(), level, name, event, ...prefixReserved(fields) });
}

const RESERVED = new Set(["time", "level", "name", "event"]);

/** A field must not overwrite a property that every line has. */
function prefixReserved(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `_${key}` : key, value]));
}

const MARK: Readonly<Record<Level, string>> = { debug: "DEBUG ", info: "", warn: "WARNING ", error: "ERROR " };

function textLine(now: Date, level: Level, name: string, event: string, fields: LogFields): string {
  const words = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = words.map(([key, value]) => `${key}=${textValue(value)}`).join(" ");
  return printable(`${clockTime(now)} ${name} ${MARK[level]}${oneLine(event)}${tail && `  ${tail}`}`);
}

function clockTime(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function textValue(value: LogFields[string]): string {
  return typeof value === "string" && !/^[\x21\x23-\x7e]+$/.test(value) ? JSON.stringify(value) : String(value);
}

/** One event is one line, even if it contains an error message with several lines. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " | ");
}
