import type { Line } from "./row.ts";

const TITLES = ["measure", "goal", "result", "reached"] as const;
const WIDEST = [44, 14, 78, 7] as const;
const GAP = "  ";

/** The table as text, in columns, with long cells broken between words. */
export function tableText(lines: readonly Line[]): string {
  const cells = lines.map(({ measure, goal, result, reached }) => [measure, goal, result, reachedText(reached)]);
  const rows = [TITLES, ...cells].map((row) => row.map((cell, column) => wrapped(cell, WIDEST[column]!)));
  const widths = WIDEST.map((_, column) =>
    Math.max(...rows.flatMap((row) => row[column]!.map(({ length }) => length))),
  );
  const rule = widths.map((width) => "-".repeat(width)).join(GAP);
  return `${rows.map((row) => rowText(row, widths)).join(`\n${rule}\n`)}\n`;
}

function reachedText(reached: boolean | null): string {
  return reached === null ? "-" : reached ? "yes" : "no";
}

function rowText(row: readonly (readonly string[])[], widths: readonly number[]): string {
  const height = Math.max(...row.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, at) =>
    row.map((cell, column) => (cell[at] ?? "").padEnd(widths[column]!)).join(GAP),
  );
  return lines.map((line) => line.trimEnd()).join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
