import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");

/** What the programs read at run time, beside the files that are not sources. */
const READ = [
  "package.json",
  "LICENSE",
  "proto",
  "node_modules/etcd3/proto",
  "node_modules/@fontsource-variable/figtree/package.json",
  "node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2",
];

/** What CommonJS has and a module has not. */
const COMMON_JS = `import { createRequire as createRequire$ } from "node:module";
const require = createRequire$(import.meta.url), __dirname = import.meta.dirname;`;

/**
 * Writes to `folder` what the image runs: each program of `cmd/` with its packages in a few files, and what they read. One module for
 * each source takes 9 MB more of a node's memory. What only some settings need, such as the client of Kubernetes, stays in a file of its own.
 */
export async function writeBundle(folder: string): Promise<void> {
  const programs = readdirSync(join(ROOT, "cmd")).filter((name) => name.endsWith(".ts"));
  const files = await bundled(programs.map((name) => `cmd/${name}`));
  mkdirSync(join(folder, "cmd"), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, "cmd", name), text);
  // Node does not look for types in what a link leads to. The names are those of 0.1.0: its operator may start this image.
  for (const name of programs) symlinkSync(`${basename(name, ".ts")}.js`, join(folder, "cmd", name));
  for (const path of READ) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  cpSync(join(ROOT, "internal"), join(folder, "internal"), {
    recursive: true,
    filter: (path) => !path.endsWith(".ts"),
  });
}

/**
 * The texts of these sources with all that they import, by file name. They must lie together in a folder beside `internal`: so a source's address
 * is the same from each of them (`addresses`).
 */
export async function bundled(sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...sources],
    outdir: "bundled",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    external: ["@fontsource-variable/*"],
    // Names stay, and lines stay short: people read them in stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    legalComments: "none",
    banner: { js: COMMON_JS },
    plugins: [addresses],
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), inAscii(path, text)]));
}

/** Keeps what sources say of their own place true, because the files that they read stay there. */
const addresses: Plugin = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\/(cmd|internal)\/.*\.ts$/ }, ({ path }) => {
      const url = `new URL("../${relative(ROOT, path)}", import.meta.url).href`;
      return { loader: "ts", contents: readFileSync(path, "utf8").replaceAll("import.meta.url", url) };
    });
    onLoad({ filter: /\/node_modules\/etcd3\/.*\.js$/ }, ({ path }) => {
      const folder = `(__dirname + "/../${dirname(relative(ROOT, path))}")`;
      return { loader: "js", contents: readFileSync(path, "utf8").replaceAll("__dirname", folder) };
    });
  },
};

/** V8 keeps all of a file with two bytes a character if one needs them. esbuild escapes others, but in a tagged template it may not. */
function inAscii(path: string, text: string): string {
  const other = /.{0,40}[^\0-\x7f].{0,40}/.exec(text);
  if (other) throw new Error(`Cannot bundle ${basename(path)}: write "${other[0]}" with ASCII alone`);
  return text;
}
