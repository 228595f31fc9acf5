import { type ProblemFields, problemType } from "../problem.ts";

/**
 * Headers of images that count: each time one is shown it must be asked for again. Image proxies (GitHub's camo, mail providers')
 * honour different ones of these. There is no ETag: with one, a proxy would keep the image and ask only whether it changed.
 */
export const IMAGE_HEADERS: readonly string[] = [
  ...["Cache-Control", "max-age=0, no-cache, no-store, must-revalidate"],
  ...["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ...["X-Content-Type-Options", "nosniff"],
  ...["X-Robots-Tag", "noindex"],
  // Pages that isolate themselves (Cross-Origin-Embedder-Policy) show only images that say so.
  ...["Cross-Origin-Resource-Policy", "cross-origin"],
];

export const BADGE_HEADERS: readonly string[] = [
  ...["Content-Type", "image/svg+xml"],
  ...IMAGE_HEADERS,
  // An SVG that is opened by itself is a document, which could run scripts. Logos are images inside of it.
  ...["Content-Security-Policy", "default-src 'none'; img-src data:; sandbox"],
];

/**
 * The status of an image that was not counted. It is 200 because the image says why, and image proxies show no other one: camo
 * responds with a text instead of the image (https://github.com/cactus/go-camo, pkg/camo/proxy.go), so shields.io sends 200, too
 * (https://github.com/badges/shields/pull/11479). Programs find the problem in the header below.
 */
export const PROBLEM_IMAGE_STATUS = 200;

/** Says to programs why nothing was counted. A counting image without this header was counted. */
export function problemHeader({ kind }: ProblemFields): readonly string[] {
  return ["Problem-Type", problemType(kind)];
}
