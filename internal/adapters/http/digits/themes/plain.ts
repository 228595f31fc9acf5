import { STROKE_BOX, STROKES } from "../strokes.ts";
import { place, shapesOf, type Theme } from "./theme.ts";

const EDGE = 2;
const STEP = STROKE_BOX.width + 5;
/** Before each group of three. */
const GROUP_GAP = 7;

/** Thin digits on nothing, in groups of three. */
export const plain: Theme = {
  style: `path{fill:none;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}svg{stroke:#15202b}
@media(prefers-color-scheme:dark){svg{stroke:#eef2f4}}`,
  usualLength: 1,
  draw(digits) {
    const shapes = shapesOf(digits, (digit, id) => `<path id="${id}" d="${STROKES[digit]}"/>`);
    const placed = [...digits].map((digit, index) => place(digit, leftOf(digits, index), EDGE));
    const width = leftOf(digits, digits.length - 1) + STROKE_BOX.width + EDGE;
    return { width, height: STROKE_BOX.height + 2 * EDGE, body: shapes + placed.join("") };
  },
};

function leftOf({ length }: string, index: number): number {
  const groups = Math.ceil(length / 3) - Math.ceil((length - index) / 3);
  return EDGE + index * STEP + groups * GROUP_GAP;
}
