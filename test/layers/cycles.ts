/** The import cycles of a graph, one for each way back that a walk finds; each begins and ends with the same file. */
export function findCycles(importsOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of importsOf.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of importsOf.keys()) walk(file);
  return cycles;
}
