import { writeFileSync } from "node:fs";

/** The wall clock of a process, which a test sets while it runs. Node's TLS has the machine's own. */
export class ShiftedClock {
  readonly #file: string;
  readonly #module: string;

  constructor(file: string) {
    this.#file = file;
    this.#module = `${file}.mjs`;
    this.shift(0);
    writeFileSync(this.#module, SHIFTING.replace("FILE", JSON.stringify(file)));
  }

  get nodeFlags(): readonly string[] {
    return ["--import", this.#module];
  }

  shift(ms: number): void {
    writeFileSync(this.#file, String(ms));
  }
}

const SHIFTING = `
import { readFileSync } from "node:fs";
const now = Date.now;
const read = () => Number(readFileSync(FILE, "utf8"));
let shift = read();
setInterval(() => (shift = read()), 200).unref();
Date.now = () => now() + shift;
`;
