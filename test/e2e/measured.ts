/** Prints a figure that the report asks for; nothing is asserted about it. */
export function measured(what: string, value: number, unit: string): void {
  console.log(`      measured: ${what}: ${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`);
}
