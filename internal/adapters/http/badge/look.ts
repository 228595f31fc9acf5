import { quoted } from "../problems.ts";
import { knownParameters } from "../query.ts";
import { logoNamed } from "./logos.ts";
import { NUMBER_PARAMETERS, readShown, type ShownNumber } from "./shown_number.ts";
import { oneOf, wrong } from "./words.ts";

export const BADGE_STYLES = ["flat", "flat-square", "for-the-badge"] as const;
type BadgeStyle = (typeof BADGE_STYLES)[number];

/** Names of colors that shields.io knows. All other colors are three or six hex digits. */
export const BADGE_COLORS: readonly string[] = [
  ...["brightgreen", "green", "yellowgreen", "yellow", "orange", "red", "blue", "grey", "lightgrey"],
  ...["gray", "lightgray", "success", "important", "critical", "informational", "inactive"],
];

/** What a badge looks like, apart from its number. */
export interface BadgeLook {
  readonly label: string;
  readonly color: string;
  readonly style: BadgeStyle;
}

/** What a badge shows, and how. */
export interface BadgeQuery extends BadgeLook {
  /** Whether its number is written as `1.2k`. */
  readonly short: boolean;
  /** The name of a logo before the label. */
  readonly logo: string | null;
}

/** What shields.io draws a badge of (https://shields.io/badges/endpoint-badge). */
export interface ShieldsJson extends BadgeLook {
  readonly schemaVersion: 1;
  readonly message: string;
}

const DEFAULT_COLOR = "blue";
export const MAX_LABEL_LENGTH = 128;

/** Characters that XML cannot contain. With one of them, no browser shows the badge. */
export const UNWRITABLE = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu;

/** Reads the query of a badge. Throws Problem. */
export function readBadge(query: string, counter: string): BadgeQuery & ShownNumber {
  const given = knownParameters(query, "label", "color", "style", "format", "logo", ...NUMBER_PARAMETERS);
  const short = oneOf("format", given.format, "full", "short") === "short";
  return { ...lookOf(given, counter), short, logo: logoNamed(given.logo), ...readShown(given) };
}

/** Reads the query of a badge that shields.io draws. Throws Problem. */
export function readLook(query: string, counter: string): BadgeLook {
  return lookOf(knownParameters(query, "label", "color", "style"), counter);
}

function lookOf(given: { label?: string; color?: string; style?: string }, counter: string): BadgeLook {
  const { label = counter, color = DEFAULT_COLOR, style = "flat" } = given;
  return { label: labelOf(label), color: colorOf(color), style: styleOf(style) };
}

function labelOf(text: string): string {
  const length = [...text].length;
  if (length > MAX_LABEL_LENGTH) throw wrong("label", `has ${length} characters`, `at most ${MAX_LABEL_LENGTH}`);
  if (text.search(UNWRITABLE) !== -1) throw wrong("label", "has control characters", "characters that can be seen");
  return text;
}

function colorOf(text: string): string {
  if (BADGE_COLORS.includes(text) || /^([0-9a-f]{3}){1,2}$/i.test(text)) return text;
  throw wrong("color", `is ${quoted(text)}`, `3 or 6 hex digits without #, or ${BADGE_COLORS.join(", ")}`);
}

function styleOf(text: string): BadgeStyle {
  const style = BADGE_STYLES.find((known) => known === text);
  if (style === undefined) throw wrong("style", `is ${quoted(text)}`, BADGE_STYLES.join(", "));
  return style;
}
