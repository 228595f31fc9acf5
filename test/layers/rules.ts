import { findCycles } from "./cycles.ts";
import type { Import, SourceFile } from "./source_files.ts";

/** One thing that the layers promise (ARCHITECTURE.md, Layers), and why. */
export interface Rule {
  readonly name: string;
  readonly reason: string;
  /** Each is a sentence about one file. */
  violations(files: readonly SourceFile[]): string[];
}

const NONDETERMINISM = [
  ...["Date", "performance", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
  ...["process", "console", "fetch", "crypto", "globalThis"],
];

/** Built-in modules that reach outside the process, and the only layers that may use them. Other layers' reasons to want one belong there. */
const REACHING_OUT: Readonly<Record<string, readonly string[]>> = {
  "node:fs": ["adapters/disk", "adapters/sqlite", "adapters/http", "adapters/grpc", "adapters/tokens", "cmd"],
  "node:fs/promises": ["adapters/kubernetes", "adapters/tls", "cmd"],
  "node:sqlite": ["adapters/sqlite", "adapters/disk"],
  "node:http": ["adapters/http", "adapters/kubernetes", "adapters/counter_http"],
  "node:https": ["adapters/kubernetes"],
  "node:http2": ["adapters/etcd", "adapters/grpc"],
  "node:net": ["adapters/etcd", "adapters/grpc", "adapters/http", "cmd"],
  "node:tls": ["adapters/etcd", "adapters/grpc"],
  "node:dgram": [],
  "node:dns": [],
  "node:dns/promises": ["adapters/etcd"],
  "node:child_process": ["cmd"],
  "node:cluster": [],
  "node:worker_threads": [],
};

export const RULES: readonly Rule[] = [
  mayImport(
    "the core imports only the core",
    "it is pure: the simulation and the explorer run the same code that production runs, through every interleaving",
    { layer: /^core$/, files: ["core"], others: false },
  ),
  mayImport(
    "ports import only the core and ports",
    "an interface that knows who implements it cannot be implemented by anything else, a simulation for one",
    { layer: /^ports$/, files: ["core", "ports"], others: false },
  ),
  mayImport(
    "services import only the core, ports and services",
    "whatever they reach past the ports, the simulated network and clock cannot break, delay or replay",
    { layer: /^services$/, files: ["core", "ports", "services"], others: false },
  ),
  mayImport(
    "an adapter imports only the core, ports and its own folder",
    "two adapters that know each other cannot be exchanged one by one; what both need is a port",
    { layer: /^adapters\//, files: ["core", "ports"], others: true },
  ),
  {
    name: "core and services see time, chance and the world only through ports",
    reason: "a seed replays a history only if nothing else decides in it",
    violations: (files) =>
      files
        .filter(({ layer }) => layer === "core" || layer === "services")
        .flatMap((file) => usedGlobals(file).map((name) => `${file.path} uses ${name}`)),
  },
  {
    name: "an npm package is imported by one adapter folder and by nothing else",
    reason: "its errors, its defaults and its next major version are then one folder's business",
    violations: packagesOutOfPlace,
  },
  {
    name: "built-in modules that reach outside the process are used only where they belong",
    reason:
      "disk, network and processes are where durability and deadlines are decided; each has a place where that is thought through",
    violations: (files) =>
      production(files).flatMap((file) =>
        targets(file, "builtin")
          .filter((target) => !(REACHING_OUT[target] ?? [file.layer]).includes(file.layer))
          .map((target) => `${file.path} imports ${target}`),
      ),
  },
  {
    name: "only cmd imports cmd, and nothing but tests imports tests",
    reason:
      "wiring is the top: what imports it cannot be wired in another way, and test code does not belong to the product",
    violations: (files) =>
      production(files).flatMap((file) =>
        targets(file, "file")
          .filter((target) => target.startsWith("test/") || (target.startsWith("cmd/") && file.layer !== "cmd"))
          .map((target) => `${file.path} imports ${target}`),
      ),
  },
  {
    name: "imports say what they import",
    reason: "these rules read imports; one that is computed hides from them",
    violations: (files) =>
      production(files)
        .filter(({ code }) => /\b(?:import|require|getBuiltinModule)\s*\(\s*(?!["'\s])|\bcreateRequire\b/.test(code))
        .map(({ path }) => `${path} computes an import`),
  },
  {
    name: "files are named for what they do",
    reason: "utils, helpers, managers and miscellanea have no subject, so everything fits and nothing is found",
    violations: (files) =>
      files
        .filter(({ path }) => /(?:^|[/_.-])(?:utils?|helpers?|managers?|misc)(?:[/_.-]|$)/i.test(path))
        .map(({ path }) => `${path} is such a name`),
  },
  {
    name: "no import cycles",
    reason: "files in a cycle can only be read, tested and moved together",
    violations: (files) =>
      findCycles(new Map(files.map((file) => [file.path, targets(file, "file")]))).map(
        (cycle) => `${cycle.join(" -> ")} is a cycle`,
      ),
  },
];

interface Allowance {
  /** Whose imports are meant. */
  readonly layer: RegExp;
  /** Layers whose files may be imported, besides one's own. */
  readonly files: readonly string[];
  /** Whether built-in modules and packages may be. */
  readonly others: boolean;
}

function mayImport(name: string, reason: string, { layer, files: layers, others }: Allowance): Rule {
  const allows = (file: SourceFile, { kind, target }: Import) =>
    kind === "file" ? [...layers, file.layer].some((allowed) => target.startsWith(`internal/${allowed}/`)) : others;
  const violationsIn = (file: SourceFile) =>
    file.imports.filter((imported) => !allows(file, imported)).map(({ target }) => `${file.path} imports ${target}`);
  return { name, reason, violations: (files) => files.filter((file) => layer.test(file.layer)).flatMap(violationsIn) };
}

function production(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ layer }) => layer !== "test");
}

function targets(file: SourceFile, kind: Import["kind"]): string[] {
  return file.imports.filter((imported) => imported.kind === kind).map(({ target }) => target);
}

/** Neither a property (`.process`) nor a key (`process:`) is meant. */
function usedGlobals({ code }: SourceFile): string[] {
  const used = NONDETERMINISM.filter((name) => new RegExp(`(?<![.\\w$#])${name}\\b(?!\\??\\s*:)`).test(code));
  return /\bMath\s*\.\s*random\b/.test(code) ? [...used, "Math.random"] : used;
}

function packagesOutOfPlace(files: readonly SourceFile[]): string[] {
  const homes = new Map<string, string>();
  return production(files).flatMap((file) =>
    targets(file, "package").flatMap((name) => {
      if (!file.layer.startsWith("adapters/")) return [`${file.path} imports ${name}`];
      const home = homes.get(name) ?? file.layer;
      homes.set(name, home);
      return home === file.layer ? [] : [`${file.path} imports ${name}, and so does ${home}`];
    }),
  );
}
