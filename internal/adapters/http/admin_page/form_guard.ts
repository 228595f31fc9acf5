import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Problem } from "../problem.ts";
import { foreignForm, outdatedForm } from "./admin_problems.ts";

/** Marks forms of people who are here without a token. Another process has another one. */
const PROCESS_SECRET = randomBytes(32);

/**
 * Takes only forms that this page has sent to this person. A page of another site could make the person's browser send one of its own
 * (cross-site request forgery), and the browser would add the cookie. So there are two checks, either of which is enough:
 *
 * 1. The browser says that a page of this very address sent the form: `Origin`, or else Fetch metadata.
 * 2. The form has a mark that only a reader of the page knows: a hash of the person's token, so that any node can check it.
 */
export const FORM_MARK = "mark";

/** The mark of a person's forms. `session`: the text of the person's token; null: there is none. */
export function formMark(session: string | null): string {
  const key = session ?? PROCESS_SECRET;
  return createHmac("sha256", key).update("form of the admin page").digest("base64url");
}

/** Throws Problem. */
export function mustBeOwnForm(req: IncomingMessage, session: string | null, form: URLSearchParams): void {
  mustBeSameOrigin(req);
  const mark = Buffer.from(form.get(FORM_MARK) ?? "");
  const expected = Buffer.from(formMark(session));
  if (mark.length !== expected.length || !timingSafeEqual(mark, expected)) throw new Problem(outdatedForm());
}

/** Throws Problem if a page of another address sent the form, or if nobody says which did. */
export function mustBeSameOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const sameSite = site === undefined || site === "same-origin";
  const sameOrigin = origin === undefined ? site === "same-origin" : URL.parse(origin)?.host === host;
  if (!sameSite || !sameOrigin) throw new Problem(foreignForm(origin ?? ""));
}
