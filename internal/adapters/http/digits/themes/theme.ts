/** How digits are drawn. */
export interface Theme {
  /** A stylesheet, with the colours for light and for dark. */
  readonly style: string;
  /** How many digits it has at least, unless a query says so. */
  readonly usualLength: number;
  /** Draws digits; a `-` stands for one that is not known. */
  draw(digits: string): Drawing;
}

/** A part of an SVG, in ASCII, and its size in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

/** Each shape once in `<defs>`, and each character placed by its shape: a number has many equal digits. */
export function shapesOf(digits: string, shapeOf: (digit: string, id: string) => string): string {
  const shapes = [...new Set(digits)].map((digit) => shapeOf(digit, idOf(digit)));
  return `<defs>${shapes.join("")}</defs>`;
}

export function place(digit: string, x: number, y: number, attributes = ""): string {
  return `<use href="#${idOf(digit)}" x="${x}" y="${y}"${attributes}/>`;
}

/** Ids begin with a letter. */
function idOf(digit: string): string {
  return digit === "-" ? "none" : `d${digit}`;
}
