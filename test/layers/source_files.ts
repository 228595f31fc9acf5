import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** A TypeScript file as the layer rules see it. */
export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** `core`, `ports`, `adapters/etcd`, `services`, `cmd`, `test`; or the path itself, outside of all. */
  readonly layer: string;
  readonly imports: readonly Import[];
  /** The text without its comments, regular expressions and strings, except those that say what is imported. */
  readonly code: string;
}

export interface Import {
  /** A path from the project's root, a built-in module (`node:fs`), or a package (`@koa/router`). */
  readonly target: string;
  readonly kind: "file" | "builtin" | "package";
}

/** Every TypeScript file under the given folders of `root`. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => posix.join(folder, path)),
  );
  return paths.map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = codeOf(text);
  return { path, layer: layerOf(path), imports: importsOf(path, code), code };
}

function layerOf(path: string): string {
  const [top = "", second = "", third = ""] = path.split("/");
  if (top !== "internal") return top;
  return second === "adapters" ? `adapters/${third}` : second;
}

const IMPORT =
  /\b(?:import|export)\b[^;"'`()]*?\bfrom\s*(["'])(.+?)\1|\b(?:import|require|getBuiltinModule)\s*\(?\s*(["'])(.+?)\3/g;

function importsOf(path: string, code: string): Import[] {
  return [...code.matchAll(IMPORT)].map((match) => {
    const specifier = match[2] ?? match[4] ?? "";
    if (specifier.startsWith(".")) return { target: posix.join(posix.dirname(path), specifier), kind: "file" };
    if (specifier.startsWith("node:")) return { target: specifier, kind: "builtin" };
    const [scope = "", name = ""] = specifier.split("/");
    return { target: scope.startsWith("@") ? `${scope}/${name}` : scope, kind: "package" };
  });
}

const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`;
const TEMPLATE = "`(?:\\\\[\\s\\S]|[^`\\\\])*`";
/** A slash begins a regular expression only where a value may begin. */
const REGEXP = String.raw`(?<=(?:^|[=(,:;!&|?{}[\n]|\breturn|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*`;
const NOT_CODE = new RegExp([COMMENT, STRING, TEMPLATE, REGEXP].join("|"), "g");

function codeOf(text: string): string {
  return text.replace(NOT_CODE, (found, offset: number) => {
    if (/^\/[/*]/.test(found)) return " ";
    if (found.startsWith("`")) return `\`${[...found.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(" ")}\``;
    const before = text.slice(Math.max(0, offset - 40), offset);
    return /\b(?:from|import|require|getBuiltinModule)\s*\(?\s*$/.test(before) ? found : '""';
  });
}
