import type Router from "@koa/router";
import type { Context } from "koa";
import { isTokenText } from "../../../core/access/token_text.ts";
import type { Adjusters } from "../adjusting/adjusters.ts";
import { readForm } from "../body.ts";
import type { Assets } from "../page/assets.ts";
import { type Html, html } from "../page/browser/html.js";
import { Problem } from "../problem.ts";
import { FORM_LIMIT } from "./counter_form.ts";
import { formMark, mustBeSameOrigin } from "./form_guard.ts";
import { type Frame, sendPage } from "./layout.ts";
import { setSession } from "./session.ts";

interface SigningInDeps {
  readonly adjusters: Adjusters;
  readonly assets: Assets;
}

/** Signing in and out. The cookie has the token itself, so that every node knows it, and a revoked one ends at once. */
export function routeSigningIn(router: Router, { adjusters, assets }: SigningInDeps): void {
  const frame = { assets, who: null, signedIn: false, mark: formMark(null) };
  router.post("/admin/sign-in", async (ctx) => {
    try {
      const form = await readForm(ctx.req, FORM_LIMIT);
      mustBeSameOrigin(ctx.req);
      const token = (form.get("token") ?? "").trim();
      // The gate counts wrong tokens, so nobody can try many.
      ctx.req.headers.authorization = `Bearer ${isTokenText(token) ? token : "none"}`;
      adjusters.admit(ctx.req);
      setSession(ctx, token);
      redirectHome(ctx);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      ctx.status = error.fields.status;
      sendSignIn(ctx, frame, WRONG[error.fields.kind] ?? error.fields.detail);
    }
  });
  router.post("/admin/sign-out", async (ctx) => {
    await readForm(ctx.req, FORM_LIMIT);
    mustBeSameOrigin(ctx.req);
    setSession(ctx, null);
    redirectHome(ctx);
  });
}

/** What API clients are told, in words for a person who typed a token. */
const WRONG: Readonly<Record<string, string>> = {
  "bad-token": "This token is not valid: it was mistyped or revoked, or its time is over.",
  "admin-needed": "This token does not have the right “admin”.",
};

function redirectHome(ctx: Context): void {
  ctx.status = 303;
  ctx.set("Location", "/admin");
}

/** Asks for a token. `problem`: why the last one was not taken; empty: there was none. */
export function sendSignIn(ctx: Context, frame: Frame, problem: string): void {
  sendPage(ctx, frame, "Sign in", signInPage(problem));
}

function signInPage(problem: string): Html {
  return html`${problem === "" ? null : html`<p class="note" role="alert" data-tone="bad">${problem}</p>`}
<p>Sign in with a token of the right &ldquo;admin&rdquo;. On the machine of a node, its admin port needs none.</p>
<form method="post" action="/admin/sign-in">
<label for="token">Token
<input id="token" name="token" type="password" required maxlength="200" autocomplete="current-password" spellcheck="false"></label>
<button>Sign in</button>
</form>
<p>The people who run this cluster make one with: global-cluster token create NAME --admin</p>`;
}
