import type Router from "@koa/router";
import { parseKey } from "../../../core/keys/idempotency_key.ts";
import type { AuditEntry, ImportedPart, LinkChange } from "../../../core/ledger/adjustment.ts";
import { keyText } from "../../../core/ledger/audit_entries.ts";
import type { Adjusting, AuditPage } from "../../../ports/adjusting.ts";
import { StoreError } from "../../../ports/store.ts";
import { Problem } from "../problem.ts";
import { badQuery } from "../problems.ts";
import { pageLimit, readQuery } from "../query.ts";
import { type TotalJson, timeJson, totalJson } from "../totals_json.ts";
import { auditUnread } from "./adjust_problems.ts";
import type { Adjusters } from "./adjusters.ts";

export interface AuditJson {
  /** From when on the audit is complete; null: from the beginning. */
  readonly since: string | null;
  readonly entries: readonly AuditEntryJson[];
  /** `after` of the next page; null: this is the last one. */
  readonly next: string | null;
}

export interface AuditEntryJson {
  readonly key: string;
  readonly at: string | null;
  readonly who: string;
  readonly action: AuditEntry["action"];
  readonly counter: string | null;
  readonly reason: string;
  readonly before: TotalJson;
  readonly after: TotalJson;
  readonly generation: number;
  /** Only of a part of an import. */
  readonly imported?: ImportedPart;
  /** Only of a link. */
  readonly linked?: LinkChange;
}

/** `GET /v1/audit`: what was adjusted, newest first. */
export function routeAudit(
  router: Router,
  { adjusting, adjusters }: { readonly adjusting: Adjusting; readonly adjusters: Adjusters },
): void {
  router.get("/v1/audit", async (ctx) => {
    const { after: text, limit } = readQuery(ctx, "after", "limit");
    const after = text === undefined ? null : parseKey(text);
    if (text !== undefined && after === null)
      throw new Problem(badQuery(`after is ${JSON.stringify(text)}.`, "Use the key of an entry."));
    const most = pageLimit(limit);
    const { mayAdjust } = adjusters.admit(ctx.req);
    const { since, entries, next } = await pageOf(adjusting, after, most);
    const shown = entries.filter(({ counter }) => mayAdjust(counter));
    ctx.body = {
      since: timeJson(since),
      entries: shown.map(entryJson),
      next: next === null ? null : keyText(next),
    } satisfies AuditJson;
  });
}

async function pageOf(adjusting: Adjusting, after: string | null, limit: number): Promise<AuditPage> {
  try {
    return await adjusting.audit(after, limit);
  } catch (cause) {
    if (cause instanceof StoreError) throw new Problem(auditUnread(), { cause });
    throw cause;
  }
}

function entryJson({ key, at, before, after, imported, linked, content: _, ...entry }: AuditEntry): AuditEntryJson {
  return {
    key: keyText(key),
    at: timeJson(at),
    ...entry,
    before: totalJson(before),
    after: totalJson(after),
    ...(imported && { imported }),
    ...(linked && { linked }),
  };
}
