import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import { isTokenText } from "../../../core/access/token_text.ts";

/** The cookie that holds a person's token. No script can read it, and no other site's page can make a browser send it. */
const COOKIE = "global-cluster-admin";
/** A working day. */
const MAX_AGE_SECONDS = 8 * 3_600;

/** The token in the cookie; null: the person has not signed in. */
export function sessionOf({ headers }: IncomingMessage): string | null {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const text = pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
  return isTokenText(text) ? text : null;
}

/** A browser sends the cookie, and programs the header. From here on, both are the header. */
export function useSession(req: IncomingMessage): void {
  const session = sessionOf(req);
  if (session !== null && req.headers.authorization === undefined) req.headers.authorization = `Bearer ${session}`;
}

/** Keeps the token in the browser, or forgets it. `Origin` says whether the browser came by TLS: a proxy may stand between. */
export function setSession(ctx: Context, token: string | null): void {
  const secure = ctx.get("Origin").startsWith("https:") ? "; Secure" : "";
  const age = token === null ? 0 : MAX_AGE_SECONDS;
  ctx.set("Set-Cookie", `${COOKIE}=${token ?? ""}; Path=/admin; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`);
}
