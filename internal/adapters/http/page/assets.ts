import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { withoutComments } from "./without_comments.ts";

export interface Asset {
  readonly type: string;
  readonly cacheControl: string;
  readonly bytes: Buffer;
  /** The same for clients that accept gzip; null where compression saves nothing. */
  readonly zipped: Buffer | null;
}

/** The page's files, in memory. Their names hold a hash of their content. */
export interface Assets {
  /** The path under which pages link a file. Throws if there is no such file. */
  path(name: string): string;
  /** Finds a file by the last part of such a path. */
  find(file: string): Asset | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

/** Files outside of `browser/`. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "figtree.woff2": import.meta.resolve("@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2"),
};

const STYLES = ["page.css", "figures.css", "map.css", "map_texts.css", "nodes.css", "history.css"];
const SCRIPTS = [
  ...[
    "live.js",
    "stream.js",
    "model.js",
    "report_age.js",
    "total.js",
    "shown_number.js",
    "motion.js",
    "morph.js",
    "tooltip.js",
  ],
  ...["controls.js", "announcer.js", "status.js", "html.js", "format.js", "cluster_sentence.js", "region_summary.js"],
  ...["figures.js", "sparkline.js", "map.js", "map_layout.js", "table.js", "table_rows.js", "columns.js", "ages.js"],
];
/** What pages link. The script imports the modules. */
export const LINKED = {
  font: "figtree.woff2",
  styles: STYLES,
  script: "live.js",
  modules: SCRIPTS.filter((name) => name !== "live.js"),
};

const FOREVER = "public, max-age=31536000, immutable";

/** Throws if a file of the page is missing: the installation is incomplete. */
export function loadAssets(): Assets {
  const files = new HashedFiles();
  const names = [...STYLES, "embed.css", "embed.js", "admin.css", ...SCRIPTS, "icon.svg", "land.svg", LINKED.font];
  const assets = new Map(names.map((name) => [name, assetOf(name, files.bytes(name))]));
  return { path: (name) => `/assets/${files.hashedName(name)}`, find: (file) => findAsset(assets, files, file) };
}

function assetOf(name: string, bytes: Buffer): Asset {
  const ending = name.slice(name.lastIndexOf(".") + 1);
  const zipped = ending === "woff2" ? null : gzipSync(bytes, { level: 9 });
  return { type: TYPES[ending]!, cacheControl: FOREVER, bytes, zipped };
}

/**
 * During a rolling update, a page of one version may ask a node of another version for its files. It gets this node's file, and must not
 * cache it under that name.
 */
function findAsset(assets: ReadonlyMap<string, Asset>, files: HashedFiles, file: string): Asset | undefined {
  const name = file.replace(/-[0-9a-f]{10}\./, ".");
  const asset = assets.get(name);
  if (asset === undefined || file === files.hashedName(name)) return asset;
  return { ...asset, cacheControl: "no-store" };
}

/** Files whose links to each other have hashes too: a changed file changes the names of all files that link it. */
class HashedFiles {
  readonly #bytes = new Map<string, Buffer>();

  bytes(name: string): Buffer {
    const known = this.#bytes.get(name);
    if (known !== undefined) return known;
    const content = readFileSync(new URL(ELSEWHERE[name] ?? `browser/${name}`, import.meta.url));
    const isText = /\.(?:js|css)$/.test(name);
    const bytes = isText ? Buffer.from(this.#withHashes(withoutComments(content.toString()))) : content;
    this.#bytes.set(name, bytes);
    return bytes;
  }

  hashedName(name: string): string {
    const hash = createHash("sha256").update(this.bytes(name)).digest("hex").slice(0, 10);
    return name.replace(".", `-${hash}.`);
  }

  #withHashes(text: string): string {
    return text.replace(/(?<=\b(?:from |url\()"\.\/)[\w.]+(?=")/g, (linked) => this.hashedName(linked));
  }
}
