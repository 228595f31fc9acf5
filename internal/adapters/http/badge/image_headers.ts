/**
 * Headers of images that count: whoever shows one again has to ask again. Image proxies (GitHub's camo, mail providers') honour
 * different ones of these, and an ETag would let them keep the image and only ask whether it changed.
 */
export const IMAGE_HEADERS: readonly string[] = [
  ...["Cache-Control", "max-age=0, no-cache, no-store, must-revalidate"],
  ...["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ...["X-Content-Type-Options", "nosniff"],
  // Pages that isolate themselves (Cross-Origin-Embedder-Policy) show only images that say so.
  ...["Cross-Origin-Resource-Policy", "cross-origin"],
];
