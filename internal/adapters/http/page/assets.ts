import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

export interface Asset {
  readonly type: string;
  readonly cacheControl: string;
  readonly bytes: Buffer;
  /** The same for those who take gzip; null where that saves nothing. */
  readonly zipped: Buffer | null;
}

/** The page's files, in memory, under names that hold a hash of their content. */
export interface Assets {
  /** Path of a file, as the page links it. Throws when there is no such file. */
  path(name: string): string;
  /** By the last part of such a path. */
  find(file: string): Asset | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const STYLES = ["page.css", "figures.css", "map.css", "nodes.css"];
const SCRIPTS = [
  ...[
    "live.js",
    "stream.js",
    "model.js",
    "total.js",
    "motion.js",
    "morph.js",
    "tooltip.js",
    "controls.js",
    "announcer.js",
  ],
  ...["html.js", "words.js", "cluster_state.js", "region_summary.js", "figures.js", "sparkline.js"],
  ...["map.js", "map_layout.js", "table.js"],
];
/** What the page links; the rest of the scripts is what these import. */
export const LINKED = { styles: STYLES, script: "live.js", modules: SCRIPTS.filter((name) => name !== "live.js") };

const FOR_EVER = "public, max-age=31536000, immutable";

/** Throws when a file of the page is missing: an incomplete installation. */
export function loadAssets(): Assets {
  const files = new HashedFiles();
  const names = new Set([...STYLES, ...SCRIPTS, "icon.svg", "land.svg"]);
  const assets = new Map<string, Asset>();
  for (const name of names) {
    const bytes = Buffer.from(files.text(name));
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
    assets.set(name, { type, cacheControl: FOR_EVER, bytes, zipped: gzipSync(bytes, { level: 9 }) });
  }
  return { path: (name) => `/assets/${files.hashedName(name)}`, find: (file) => findAsset(assets, files, file) };
}

/**
 * While a new version rolls out, a page of one version may ask a node of another for its files. It gets the file that the node
 * has, which nobody may keep under that name.
 */
function findAsset(assets: ReadonlyMap<string, Asset>, files: HashedFiles, file: string): Asset | undefined {
  const name = file.replace(/-[0-9a-f]{10}\./, ".");
  const asset = assets.get(name);
  if (asset === undefined || file === files.hashedName(name)) return asset;
  return { ...asset, cacheControl: "no-store" };
}

/** Files whose imports of each other have hashes too: a changed file changes the names of all that import it. */
class HashedFiles {
  readonly #texts = new Map<string, string>();

  text(name: string): string {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const written = readFileSync(new URL(name, import.meta.url), "utf8");
    const text = written.replace(/(?<=\bfrom "\.\/)[\w.]+(?=")/g, (imported) => this.hashedName(imported));
    this.#texts.set(name, text);
    return text;
  }

  hashedName(name: string): string {
    const hash = createHash("sha256").update(this.text(name)).digest("hex").slice(0, 10);
    return name.replace(".", `-${hash}.`);
  }
}
