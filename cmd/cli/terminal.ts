/** A place on the terminal that is written again and again. */
export interface Terminal {
  /** Replaces what is shown. */
  write(lines: readonly string[]): void;
  /** Leaves the terminal as it was found. */
  end(): void;
}

const CLEAR_LINE = "\x1b[K";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** Rows of a terminal. Some do not know their size and say 0: those are taken for 80 by 24. */
export function heightOf(out: NodeJS.WriteStream): number {
  return out.rows || 24;
}

function widthOf(out: NodeJS.WriteStream): number {
  return out.columns || 80;
}

/** One line, which stays when it ends. */
export function oneLine(out: NodeJS.WriteStream): Terminal {
  out.write(HIDE_CURSOR);
  return {
    write: (lines) => void out.write(`\r${fitted(lines.join(" "), widthOf(out))}${CLEAR_LINE}`),
    end: () => void out.write(`\n${SHOW_CURSOR}`),
  };
}

/** The whole screen; what was on it before comes back at the end. */
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

/** Cut at the width of the terminal, and without control characters: names come from a server that may be anybody's. */
function fitted(line: string, width: number): string {
  const printable = line.replace(/\p{Cc}/gu, "\ufffd");
  return printable.length <= width ? printable : `${printable.slice(0, width - 1)}…`;
}
