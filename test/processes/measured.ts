/** Prints a number that a test took on the way: it depends on the machine, so nothing is asserted of it. */
export function measured(what: string, ms: number, goal: number): void {
  console.log(`      measured: ${what}: ${Math.round(ms)} ms (goal: under ${goal} ms)`);
}
