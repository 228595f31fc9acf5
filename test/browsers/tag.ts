import { compileFunction } from "node:vm";

/** Globals of a page that the script uses. Whatever else it asks for is Node's own, or throws. */
const NAMES = [
  "document",
  "location",
  "localStorage",
  "navigator",
  "history",
  "fetch",
  "addEventListener",
  "Date",
] as const;

export type PageGlobals = Readonly<Record<(typeof NAMES)[number], unknown>>;

/** The script as a node serves it, to run in any number of pages. */
export class Tag {
  readonly #run: (...globals: unknown[]) => void;

  constructor(text: string) {
    this.#run = compileFunction(text, [...NAMES]) as (...globals: unknown[]) => void;
  }

  run(globals: PageGlobals): void {
    this.#run(...NAMES.map((name) => globals[name]));
  }
}
