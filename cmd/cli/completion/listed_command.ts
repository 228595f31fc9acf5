import { flagOf, type Setting, type Table } from "../../settings/read/setting.ts";

/** A command as a shell completes it. */
export interface ListedCommand {
  /** `["token", "create"]`. */
  readonly words: readonly string[];
  readonly purpose: string;
  readonly table: Table;
  /** The words that may follow, or "file". Empty: only a person knows them. */
  readonly next: readonly string[] | "file";
}

export const PROGRAM = "global-cluster";

/** The flags of a command, without settings that are only variables. */
export function flagsIn({ table }: ListedCommand): { readonly flag: string; readonly setting: Setting }[] {
  return Object.entries(table)
    .filter(([, { only }]) => only !== "variable")
    .map(([key, setting]) => ({ flag: flagOf(key), setting }));
}

/** Whether a placeholder stands for a path. */
export function isPath(placeholder: string): boolean {
  return placeholder === "file" || placeholder === "path";
}

/** A placeholder such as `csv|ndjson` lists all values of its flag. */
export function choicesOf(placeholder: string): string[] {
  return placeholder.includes("|") ? placeholder.split("|") : [];
}

/** Commands of two words, by their first word. */
export function families(commands: readonly ListedCommand[]): ReadonlyMap<string, readonly ListedCommand[]> {
  const two = commands.filter(({ words }) => words.length === 2);
  return Map.groupBy(two, ({ words }) => words[0] ?? "");
}
