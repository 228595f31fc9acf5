import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Asset {
  readonly type: string;
  readonly cacheControl: string;
  readonly bytes: Buffer;
}

/** The page's files, in memory, under names that hold a hash of their content. */
export interface Assets {
  /** Path of a file, as the page links it. */
  path(name: AssetName): string;
  /** By the last part of such a path. */
  find(file: string): Asset | undefined;
}

export type AssetName = "page.css" | "nodes.css" | "live.js" | "words.js" | "icon.svg";

const TYPES: Readonly<Record<AssetName, string>> = {
  "page.css": "text/css; charset=utf-8",
  "nodes.css": "text/css; charset=utf-8",
  "live.js": "text/javascript; charset=utf-8",
  "words.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

const FOR_EVER = "public, max-age=31536000, immutable";

/** Throws when a file of the page is missing: an incomplete installation. */
export function loadAssets(): Assets {
  const words = read("words.js");
  const live = read("live.js").replace("./words.js", `./${hashedName("words.js", words)}`);
  const texts: Readonly<Record<AssetName, string>> = {
    "words.js": words,
    "live.js": live,
    "page.css": read("page.css"),
    "nodes.css": read("nodes.css"),
    "icon.svg": read("icon.svg"),
  };
  return {
    path: (name) => `/assets/${hashedName(name, texts[name])}`,
    find: (file) => findAsset(texts, file),
  };
}

/**
 * While a new version rolls out, a page of one version may ask a node of another for its files. It gets the file that the node
 * has, which nobody may keep under that name.
 */
function findAsset(texts: Readonly<Record<AssetName, string>>, file: string): Asset | undefined {
  const name = file.replace(/-[0-9a-f]{10}\./, ".");
  if (!isAssetName(name)) return undefined;
  const cacheControl = file === hashedName(name, texts[name]) ? FOR_EVER : "no-store";
  return { type: TYPES[name], cacheControl, bytes: Buffer.from(texts[name]) };
}

function read(name: AssetName): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

function isAssetName(name: string): name is AssetName {
  return Object.hasOwn(TYPES, name);
}

function hashedName(name: string, text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return name.replace(".", `-${hash}.`);
}
