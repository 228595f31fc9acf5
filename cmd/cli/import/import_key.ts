import { hash } from "node:crypto";
import { statSync } from "node:fs";
import type { FoundLine } from "./import_line.ts";

/** The lines of an import as NDJSON, as `POST /v1/import` takes them. */
export function ndjsonOf({ counter, value, region }: Pick<FoundLine, "counter" | "value" | "region">): string {
  const number = value <= BigInt(Number.MAX_SAFE_INTEGER) ? String(value) : `"${value}"`;
  return `{"counter":"${counter}","value":${number}${region === null ? "" : `,"region":${JSON.stringify(region)}`}}\n`;
}

/**
 * The key of an import, a UUID of version 7 (RFC 9562, section 5.7): its time is that of the file's last change, and its rest a hash of what
 * is sent. So an import that broke off goes on when it is run again, and no file is imported twice by mistake. A file from the future gets
 * the present time: the cluster would refuse its key.
 *
 * @param content hash of all that is sent, in hex.
 */
export function importKey(path: string, content: string): string {
  const time = Math.floor(Math.min(statSync(path).mtimeMs, Date.now()));
  const digits = hash("sha256", content, "hex");
  const hex = `${time.toString(16).padStart(12, "0")}7${digits.slice(0, 3)}8${digits.slice(3, 18)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
