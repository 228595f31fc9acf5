import { printable } from "../../internal/core/printable.ts";

/** An area of the terminal that each write replaces. */
export interface Terminal {
  /** Replaces the content. */
  write(lines: readonly string[]): void;
  /** Restores the terminal. */
  end(): void;
}

const CLEAR_LINE = "\x1b[K";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** Rows of a terminal. Some report 0 because they do not know their size: the default is 80 by 24. */
export function heightOf(out: NodeJS.WriteStream): number {
  return out.rows || 24;
}

function widthOf(out: NodeJS.WriteStream): number {
  return out.columns || 80;
}

/** One line, which stays on the terminal at the end. */
export function oneLine(out: NodeJS.WriteStream): Terminal {
  out.write(HIDE_CURSOR);
  return {
    write: (lines) => void out.write(`\r${fitted(lines.join(" "), widthOf(out))}${CLEAR_LINE}`),
    end: () => void out.write(`\n${SHOW_CURSOR}`),
  };
}

/** The whole screen. The end restores its former content. */
export function wholeScreen(out: NodeJS.WriteStream): Terminal {
  out.write(`\x1b[?1049h${HIDE_CURSOR}`);
  return {
    write(lines) {
      const shown = lines.slice(0, heightOf(out)).map((line) => fitted(line, widthOf(out)) + CLEAR_LINE);
      out.write(`\x1b[H${shown.join("\r\n")}\x1b[J`);
    },
    end: () => void out.write(`${SHOW_CURSOR}\x1b[?1049l`),
  };
}

/** Cut at the width of the terminal. Names come from a server that may be hostile. */
function fitted(line: string, width: number): string {
  const shown = printable(line).replaceAll("\n", " ");
  return shown.length <= width ? shown : `${shown.slice(0, width - 1)}…`;
}
