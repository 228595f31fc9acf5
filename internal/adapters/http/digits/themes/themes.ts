import { odometer } from "./odometer.ts";
import { plain } from "./plain.ts";
import { segments } from "./segments.ts";
import type { Theme } from "./theme.ts";

export const THEMES = { odometer, segments, plain } as const satisfies Readonly<Record<string, Theme>>;
