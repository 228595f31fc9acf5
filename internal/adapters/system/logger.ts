import type { LogFields, Logger } from "../../ports/logger.ts";

export interface LogOptions {
  /** `text`: a line for people; `json`: one object a line, for collectors. */
  readonly format: "text" | "json";
  /** The program or node that logs. */
  readonly name: string;
  /** Writes one line, newline included. Default: standard output. */
  readonly write?: (line: string) => void;
}

type Level = "info" | "warn" | "error";

/** Creates a logger that writes each event as one line at once. */
export function createLog({ format, name, write = writeToStandardOutput }: LogOptions): Logger {
  const line = format === "json" ? jsonLine : textLine;
  const at = (level: Level) => (event: string, fields?: LogFields) =>
    write(`${line(new Date(), level, name, event, fields ?? {})}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function writeToStandardOutput(line: string): void {
  process.stdout.write(line);
}

function jsonLine(now: Date, level: Level, name: string, event: string, fields: LogFields): string {
  return JSON.stringify({ time: now.toISOString(), level, name, event, ...prefixReserved(fields) });
}

const RESERVED = new Set(["time", "level", "name", "event"]);

/** A field must not overwrite one that every line has. */
function prefixReserved(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `_${key}` : key, value]));
}

const MARK: Readonly<Record<Level, string>> = { info: "", warn: "WARNING ", error: "ERROR " };

function textLine(now: Date, level: Level, name: string, event: string, fields: LogFields): string {
  const words = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = words.map(([key, value]) => `${key}=${textValue(value)}`).join(" ");
  return `${clockTime(now)} ${name} ${MARK[level]}${oneLine(event)}${tail && `  ${tail}`}`;
}

function clockTime(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function textValue(value: LogFields[string]): string {
  return typeof value === "string" && !/^[\x21\x23-\x7e]+$/.test(value) ? JSON.stringify(value) : String(value);
}

/** Joins the lines of a message: one event is one line. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " | ");
}
