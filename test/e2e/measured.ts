const figures: string[] = [];

/** Prints a figure that the report asks for, where it was taken and once more at the end. */
export function measured(what: string, value: number, unit: string): void {
  const figure = `${what}: ${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`;
  figures.push(figure);
  console.log(`      measured: ${figure}`);
}

/** Prints all figures in one place. */
export function tellFigures(): void {
  if (figures.length > 0) console.log(["  measured:", ...figures].join("\n    "));
}
