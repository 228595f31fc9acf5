import { STROKE_BOX, STROKES } from "../strokes.ts";
import { place, shapesOf, type Theme } from "./theme.ts";

const FRAME = 4;
const WHEEL = { width: 28, height: 44 } as const;
const GAP = 2;
const INSET = { x: (WHEEL.width - STROKE_BOX.width) / 2, y: (WHEEL.height - STROKE_BOX.height) / 2 } as const;

/** Wheels behind a window, as in a car. The last one, which turns fastest, is white. */
export const odometer: Theme = {
  style: `path{fill:none;stroke-width:3.4;stroke-linecap:round;stroke-linejoin:round}.w{stroke:#f4f1e8}.l{stroke:#1b1f23}
.f{fill:#b9b4a6}.e{stop-color:#0c0e10}.m{stop-color:#343a40}.x{stop-color:#a8a294}.y{stop-color:#fbf8f0}
@media(prefers-color-scheme:dark){.f{fill:#3a444d}.m{stop-color:#2a3036}.x{stop-color:#8f897c}.y{stop-color:#e9e5da}}`,
  usualLength: 6,
  draw(digits) {
    const { length } = digits;
    const width = 2 * FRAME + length * (WHEEL.width + GAP) - GAP;
    const height = 2 * FRAME + WHEEL.height;
    const shapes = shapesOf(digits, (digit, id) => `<path id="${id}" d="${STROKES[digit]}"/>`);
    const frame = `<rect class="f" width="${width}" height="${height}" rx="6"/>`;
    const wheels = [...digits].map((digit, index) => wheel(digit, index, index === length - 1));
    return { width, height, body: GRADIENTS + shapes + frame + wheels.join("") };
  },
};

/** Light falls on the middle of a wheel; its edges turn away. */
const GRADIENTS = gradient("w", "e", "m") + gradient("l", "x", "y");

function gradient(id: string, edge: string, middle: string): string {
  const stop = (at: number, shade: string) => `<stop offset="${at}" class="${shade}"/>`;
  return `<linearGradient id="${id}" x2="0" y2="1">${stop(0, edge)}${stop(0.5, middle)}${stop(1, edge)}</linearGradient>`;
}

function wheel(digit: string, index: number, last: boolean): string {
  const kind = last ? "l" : "w";
  const x = FRAME + index * (WHEEL.width + GAP);
  const { width, height } = WHEEL;
  const drum = `<rect x="${x}" y="${FRAME}" width="${width}" height="${height}" rx="2" fill="url(#${kind})"/>`;
  return drum + place(digit, x + INSET.x, FRAME + INSET.y, ` class="${kind}"`);
}
