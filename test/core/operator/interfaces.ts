import { readFileSync } from "node:fs";

/** A property of an interface: its type as it is written. */
export interface Property {
  readonly type: string;
  readonly optional: boolean;
}

/**
 * The interfaces of a source file, read line by line. It knows only what the files here use: `export interface Name {`, one property a
 * line, `}`. A line in an interface that it does not understand is an error, so that nothing hides from the comparison.
 */
export function interfacesIn(file: URL): ReadonlyMap<string, ReadonlyMap<string, Property>> {
  const found = new Map<string, Map<string, Property>>();
  let current: Map<string, Property> | null = null;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const name = /^export interface (\w+) \{$/.exec(line)?.[1];
    if (name !== undefined) {
      current = new Map();
      found.set(name, current);
    } else if (line === "}") current = null;
    else if (current !== null) addProperty(current, line);
  }
  return found;
}

function addProperty(properties: Map<string, Property>, line: string): void {
  if (/^\s*(\/\*\*.*\*\/)?$/.test(line)) return;
  const [, name, optional, type] = /^ {2}readonly (\w+)(\??): (.+);$/.exec(line) ?? [];
  if (name === undefined || type === undefined) throw new Error(`not understood in an interface: ${line}`);
  properties.set(name, { type, optional: optional === "?" });
}
