import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Writes `badge/logos.json`: a set of the logos of https://simpleicons.org. It takes only those under CC0-1.0, the licence of the
 * package: some logos have one of their own. First `npm pack simple-icons@16.37.0` and unpack it; then `node test/adapters/http/ways/write_logos.ts FOLDER`.
 */

const NAMES = `
alpinedotjs alpinelinux anilist apple appstore archlinux arduino arxiv astro bandcamp bitbucket blender bluesky bun buymeacoffee c clojure cloudflare
codeberg cplusplus creativecommons css curseforge devdotto discord docker dotnet eleventy elixir erlang etcd firefox flathub freebsd gatsby ghost gitea
github gitlab gnome go goodreads googlechrome googleplay grafana hashnode haskell helm homeassistant homebrew html5 htmx huggingface hugo julia jupyter
kde keybase kofi kotlin krita kubernetes laravel lastdotfm letterboxd liberapay lua mariadb markdown mastodon matrix medium modrinth mongodb mysql
netlify nextdotjs nim nodedotjs npm nuxt obsidian opencollective opensourceinitiative openstreetmap orcid patreon perl producthunt prometheus
protonmail pypi python react readthedocs reddit redis rss rubygems rubyonrails scala signal solid soundcloud spotify sqlite stackoverflow
steam substack svelte swift telegram thunderbird twitch typescript ubuntu vercel vim vite vscodium wikipedia wordpress x ycombinator youtube
`;
/** Longer ones would be half of the file, and are too fine for a badge. */
const LONGEST_PATH = 4200;
const FILE = fileURLToPath(new URL("../../../../internal/adapters/http/badge/logos.json", import.meta.url));

interface Icon {
  readonly slug: string;
  readonly license?: { readonly type: string };
}

const [folder = "package"] = process.argv.slice(2);
const textOf = (path: string) => readFileSync(`${folder}/${path}`, "utf8");
const { version } = JSON.parse(textOf("package.json")) as { version: string };
const free = (JSON.parse(textOf("data/simple-icons.json")) as Icon[]).filter(
  ({ license }) => license === undefined || license.type === "CC0-1.0",
);
const slugs = new Set(free.map(({ slug }) => slug));
const paths = NAMES.trim()
  .split(/\s+/)
  .map((name) => [name, pathOf(name)] as const);
const logos = { source: `simple-icons ${version}, CC0-1.0`, paths: Object.fromEntries(paths) };
writeFileSync(FILE, `${JSON.stringify(logos, null, 2)}\n`);
console.log(`${paths.length} logos`);

/** What is drawn, in a box of 24 by 24. */
function pathOf(name: string): string {
  if (!slugs.has(name)) throw new Error(`"${name}" is no logo, or has a licence of its own`);
  const [, path = ""] = /<path d="([^"]+)"/.exec(textOf(`icons/${name}.svg`)) ?? [];
  if (path === "" || path.length > LONGEST_PATH) throw new Error(`"${name}" has a path of ${path.length} characters`);
  return path;
}
