import { createHash } from "node:crypto";
import type { Context } from "koa";

/** A file that does not change while this process runs. Caches may keep it for an hour, and then ask whether it changed. */
export interface FixedFile {
  readonly type: string;
  readonly text: string;
  readonly etag: string;
}

const CACHE_CONTROL = "public, max-age=3600";

export function fixedFile(type: string, text: string): FixedFile {
  return { type, text, etag: createHash("sha256").update(text).digest("base64url").slice(0, 16) };
}

/** Responds 200 with the file, or 304 to a client that has it. */
export function sendFixedFile(ctx: Context, { type, text, etag }: FixedFile): void {
  ctx.status = 200;
  ctx.set({ "Content-Type": type, "Cache-Control": CACHE_CONTROL });
  ctx.set("Cross-Origin-Resource-Policy", "cross-origin");
  ctx.etag = etag;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = text;
}
