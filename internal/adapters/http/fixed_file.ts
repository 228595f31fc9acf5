import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Context } from "koa";
import { acceptsGzip } from "./gzip/accepted.ts";

/** A file that does not change while this process runs. Caches may keep it for an hour, and then ask whether it changed. */
export interface FixedFile {
  readonly type: string;
  readonly text: string;
  readonly zipped: Buffer;
  readonly etag: string;
}

const CACHE_CONTROL = "public, max-age=3600";

export function fixedFile(type: string, text: string): FixedFile {
  const etag = createHash("sha256").update(text).digest("base64url").slice(0, 16);
  return { type, text, zipped: gzipSync(text, { level: 9 }), etag };
}

/** Responds 200 with the file, or 304 to a client that has it. */
export function sendFixedFile(ctx: Context, { type, text, zipped, etag }: FixedFile): void {
  const zips = acceptsGzip(ctx.req.headers["accept-encoding"]);
  ctx.status = 200;
  ctx.set({ "Content-Type": type, "Cache-Control": CACHE_CONTROL });
  ctx.set("Cross-Origin-Resource-Policy", "cross-origin");
  ctx.vary("Accept-Encoding");
  if (zips) ctx.set("Content-Encoding", "gzip");
  // Caches must not take one encoding for the other (RFC 9110, section 8.8.3.3).
  ctx.etag = zips ? `${etag}-gzip` : etag;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = zips ? zipped : text;
}
