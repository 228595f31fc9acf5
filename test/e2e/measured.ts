const figures: string[] = [];

/** Prints a figure of the report, now and again at the end. */
export function measured(what: string, value: number, unit: string): void {
  const figure = `${what}: ${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`;
  figures.push(figure);
  console.log(`      measured: ${figure}`);
}

/** Prints all figures in one place. */
export function tellFigures(): void {
  if (figures.length > 0) console.log(["  measured:", ...figures].join("\n    "));
}
