import { setImmediate } from "node:timers/promises";
import type Router from "@koa/router";
import type { Context } from "koa";
import { parseKey } from "../../../core/keys/idempotency_key.ts";
import type { AuditEntry } from "../../../core/ledger/adjustment.ts";
import { keyText } from "../../../core/ledger/audit_entries.ts";
import { MAX_NAME_LENGTH } from "../../../core/names.ts";
import type { Tokens } from "../../../ports/access.ts";
import type { AuditPage } from "../../../ports/adjusting.ts";
import { StoreError } from "../../../ports/store.ts";
import { auditUnread } from "../adjusting/adjust_problems.ts";
import { type AdjustingDeps, newKey } from "../adjusting/adjust_routes.ts";
import type { Adjuster } from "../adjusting/adjusters.ts";
import { linksNotKnown } from "../links/link_problems.ts";
import type { Assets } from "../page/assets.ts";
import { type Html, html } from "../page/browser/html.js";
import { Problem, type ProblemFields } from "../problem.ts";
import { quoted } from "../problems.ts";
import { counterName, readQuery } from "../query.ts";
import { badField } from "./admin_problems.ts";
import { AUDIT_PAGE, auditTable } from "./audit.ts";
import { counterPage } from "./counter.ts";
import { counterChange, takeAdjustment } from "./counter_form.ts";
import { counters } from "./counters.ts";
import { formMark } from "./form_guard.ts";
import { type Frame, sendPage } from "./layout.ts";
import { linkChange, linksPage } from "./links.ts";
import { overview } from "./overview.ts";
import { sessionOf, useSession } from "./session.ts";
import { routeSigningIn, sendSignIn } from "./signing_in.ts";
import { tokenChange } from "./token_form.ts";
import { tokensPage } from "./tokens.ts";
import { usageOf, usagePage } from "./usage.ts";

export interface AdminPageDeps extends AdjustingDeps {
  /** Null: there are none. */
  readonly tokens: Tokens | null;
  readonly assets: Assets;
}

/** What a page needs to know of its reader. */
export interface Visitor {
  readonly adjuster: Adjuster;
  readonly frame: Frame;
  mayShow(counter: string): boolean;
}

/** Audit entries among which the one of a form that was just sent is looked for. */
const NEWEST = 20;

/** The admin page: plain forms and tables, which work without JavaScript. For people who may adjust counters. */
export function routeAdminPage(router: Router, deps: AdminPageDeps): void {
  const { counting, clock, adjusting, tokens } = deps;
  const page = (path: string, title: string, show: (ctx: Context, visitor: Visitor) => Html | Promise<Html>) =>
    router.get(path, (ctx) =>
      asVisitor(ctx, deps, async (visitor) => sendPage(ctx, visitor.frame, title, await show(ctx, visitor))),
    );
  page("/admin", "Overview", () => overview(counting, clock));
  page("/admin/counters", "Counters", (ctx, { mayShow }) => {
    const { prefix = "", after = "" } = readQuery(ctx, "prefix", "after");
    return counters(counting, { prefix: beginning(prefix), after: beginning(after) }, mayShow);
  });
  page("/admin/usage", "Usage", async (_ctx, { mayShow }) => {
    return usagePage(await usageOf(counting, mayShow, () => setImmediate()));
  });
  page("/admin/audit", "Audit", async (ctx, { adjuster }) => {
    const { after } = readQuery(ctx, "after");
    return auditTable(await auditOf(deps, after ?? null, AUDIT_PAGE), (counter) => adjuster.mayAdjust(counter));
  });
  page("/admin/tokens", "Tokens", (ctx) => tokensPage(tokens, tokenChange(ctx, tokens, clock.wall()), clock.wall()));
  router.get("/admin/counter", (ctx) =>
    asVisitor(ctx, deps, async ({ frame, adjuster }) => {
      const { name = "", done } = readQuery(ctx, "name", "done");
      const counter = counterName(name.trim().toLowerCase());
      if (!adjuster.mayAdjust(counter)) throw new Problem(badField(`Your token is not for ${quoted(counter)}.`, ""));
      const key = () => keyText(newKey(clock.wall()));
      const entry = await doneBy(deps, done, ({ counter: name, linked }) => name === counter && linked === null);
      sendPage(ctx, frame, counter, counterPage(counting, counter, frame, key, entry));
    }),
  );
  router.post("/admin/counter", (ctx) =>
    asVisitor(ctx, deps, async ({ adjuster }) => {
      const { counter, key } = await takeAdjustment(ctx.req, sessionOf(ctx.req), adjuster, adjusting, counterChange);
      // A browser that reloads what follows sends no form again.
      ctx.status = 303;
      ctx.set("Location", `/admin/counter?name=${encodeURIComponent(counter)}&done=${keyText(key)}`);
    }),
  );
  routeLinksPage(router, deps);
  routeSigningIn(router, deps);
}

function routeLinksPage(router: Router, deps: AdminPageDeps): void {
  const { adjusting, clock } = deps;
  router.get("/admin/links", (ctx) =>
    asVisitor(ctx, deps, async ({ frame, adjuster }) => {
      const { name = "", done } = readQuery(ctx, "name", "done");
      const all = adjusting.links();
      if (all === null) throw new Problem(linksNotKnown());
      const links = new Map([...all].filter(([counter]) => adjuster.mayAdjust(counter)));
      const key = () => keyText(newKey(clock.wall()));
      const entry = await doneBy(deps, done, ({ counter, linked }) => linked !== null && adjuster.mayAdjust(counter));
      sendPage(ctx, frame, "Links", linksPage({ links, name, done: entry }, frame, key));
    }),
  );
  router.post("/admin/links", (ctx) =>
    asVisitor(ctx, deps, async ({ adjuster }) => {
      const { key } = await takeAdjustment(ctx.req, sessionOf(ctx.req), adjuster, adjusting, linkChange);
      ctx.status = 303;
      ctx.set("Location", `/admin/links?done=${keyText(key)}`);
    }),
  );
}

/** Runs `show` for a person who may adjust counters. Others are asked to sign in, and problems are pages. */
async function asVisitor(ctx: Context, deps: AdminPageDeps, show: (visitor: Visitor) => Promise<void>): Promise<void> {
  const session = sessionOf(ctx.req);
  useSession(ctx.req);
  const frame = { assets: deps.assets, signedIn: session !== null, mark: formMark(session) };
  let who: string | null = null;
  try {
    const adjuster = deps.adjusters.admit(ctx.req);
    who = adjuster.who;
    await show({ adjuster, frame: { ...frame, who }, mayShow: (counter) => adjuster.mayAdjust(counter) });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    ctx.status = error.fields.status;
    if (who === null) return sendSignIn(ctx, { ...frame, who }, session === null ? "" : error.fields.detail);
    ctx.set({ ...error.fields.headers });
    sendPage(ctx, { ...frame, who }, error.fields.title, problemText(error.fields));
  }
}

function problemText({ detail, remedy }: ProblemFields): Html {
  return html`<p class="note" role="alert" data-tone="bad">${detail}</p>
<p>${remedy}</p>
<p><a href="/admin">Back to the overview</a></p>`;
}

/** The beginning of a name, as people type it. Throws Problem. */
function beginning(text: string): string {
  const typed = text.trim().toLowerCase();
  if (/^[a-z0-9._/-]*$/.test(typed) && typed.length <= MAX_NAME_LENGTH) return typed;
  throw new Problem(badField(`${quoted(text)} is not the beginning of a counter's name.`, "Use a-z, 0-9, and . _ - /"));
}

async function auditOf({ adjusting }: AdminPageDeps, after: string | null, limit: number): Promise<AuditPage> {
  const key = after === null ? null : parseKey(after);
  if (after !== null && key === null) throw new Problem(badField(`${quoted(after)} is not the key of an entry.`, ""));
  try {
    return await adjusting.audit(key, limit);
  } catch (cause) {
    if (cause instanceof StoreError) throw new Problem(auditUnread(), { cause });
    throw cause;
  }
}

/** What was done with a form's key, if it is among the newest entries and this page shows such. */
async function doneBy(
  deps: AdminPageDeps,
  key: string | undefined,
  isShown: (entry: AuditEntry) => boolean,
): Promise<AuditEntry | null> {
  if (key === undefined) return null;
  const { entries } = await auditOf(deps, null, NEWEST);
  return entries.find((entry) => keyText(entry.key) === key && isShown(entry)) ?? null;
}
