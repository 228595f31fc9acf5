import { place, shapesOf, type Theme } from "./theme.ts";

/** The seven segments, in a box of 20 by 36: `a` above, then with the clock to `f`, and `g` in the middle. */
const SEGMENTS: Readonly<Record<string, string>> = {
  a: level(2),
  b: upright(18, 2),
  c: upright(18, 18),
  d: level(34),
  e: upright(2, 18),
  f: upright(2, 2),
  g: level(18),
};

const LIT: Readonly<Record<string, string>> = {
  "0": "abcdef",
  "1": "bc",
  "2": "abdeg",
  "3": "abcdg",
  "4": "bcfg",
  "5": "acdfg",
  "6": "acdefg",
  "7": "abc",
  "8": "abcdefg",
  "9": "abcdfg",
  "-": "g",
};

const BOX = { width: 20, height: 36 } as const;
const EDGE = { x: 11, y: 8 } as const;
const STEP = BOX.width + 9;
/** The digits lean to the right by this many degrees. */
const LEAN = 6;

/** A display with seven segments a digit: dark on grey by day, and glowing by night. */
export const segments: Theme = {
  style: `.p{fill:#c9d2c0}.o{opacity:.09}g{fill:#1c2419}
@media(prefers-color-scheme:dark){.p{fill:#140d0c}.o{opacity:.13}g{fill:#ff6a4d}}`,
  usualLength: 6,
  draw(digits) {
    const width = 2 * EDGE.x + (digits.length - 1) * STEP + BOX.width;
    const height = 2 * EDGE.y + BOX.height;
    const shapes = shapesOf(`8${digits}`, (digit, id) => `<path id="${id}" d="${pathOf(digit)}"/>`);
    const panel = `<rect class="p" width="${width}" height="${height}" rx="6"/>`;
    const placed = [...digits].map((digit, index) => {
      const x = EDGE.x + index * STEP;
      return place("8", x, EDGE.y, ' class="o"') + place(digit, x, EDGE.y);
    });
    // Leaning about the middle of its height keeps the digits in the middle of the panel.
    const shift = Math.round((Math.tan((LEAN * Math.PI) / 180) * height * 10) / 2) / 10;
    const lean = `<g transform="translate(${shift}) skewX(-${LEAN})">${placed.join("")}</g>`;
    return { width, height, body: shapes + panel + lean };
  },
};

function pathOf(digit: string): string {
  return [...(LIT[digit] ?? "")].map((segment) => SEGMENTS[segment]).join("");
}

function level(y: number): string {
  return `M2.7 ${y}l2-2h10.6l2 2-2 2H4.7z`;
}

function upright(x: number, top: number): string {
  return `M${x} ${top + 0.7}l2 2v10.6l-2 2-2-2V${top + 2.7}z`;
}
