import type { IncomingMessage } from "node:http";
import { type KeyId, parseKey } from "../../../core/keys/idempotency_key.ts";
import { type AdjustmentChange, MAX_ADJUSTED_TOTAL, MAX_REASON_LENGTH } from "../../../core/ledger/adjustment.ts";
import type { Adjusting } from "../../../ports/adjusting.ts";
import { notAdjusted } from "../adjusting/adjust_problems.ts";
import { type Adjuster, mustBeFor } from "../adjusting/adjusters.ts";
import { valueIn } from "../adjusting/values.ts";
import { readForm } from "../body.ts";
import { Problem } from "../problem.ts";
import { quoted } from "../problems.ts";
import { counterName } from "../query.ts";
import { badField } from "./admin_problems.ts";
import { mustBeOwnForm } from "./form_guard.ts";

/** A reason may have characters of several bytes, each of them escaped. */
export const FORM_LIMIT = 16_384;

/** Does what a form asks for, once for each key. `changeIn` reads what that is. Throws Problem. */
export async function takeAdjustment(
  req: IncomingMessage,
  session: string | null,
  adjuster: Adjuster,
  adjusting: Adjusting,
  changeIn: (form: URLSearchParams, counter: string) => AdjustmentChange,
): Promise<{ readonly counter: string; readonly key: KeyId }> {
  const form = await readForm(req, FORM_LIMIT);
  mustBeOwnForm(req, session, form);
  const counter = counterName((form.get("name") ?? "").trim().toLowerCase());
  mustBeFor(adjuster, counter);
  const key = parseKey(form.get("key") ?? "");
  if (key === null) throw new Problem(badField("The form has no key.", "Load the page again, and send its form."));
  const reason = form.get("reason") ?? "";
  if (reason.length > MAX_REASON_LENGTH)
    throw new Problem(badField("The reason is too long.", `Use at most ${MAX_REASON_LENGTH} characters.`));
  const outcome = await adjusting.adjust({ key, who: adjuster.who, reason, change: changeIn(form, counter) });
  if (outcome.done !== true) throw new Problem(notAdjusted(outcome, quoted(counter)));
  return { counter, key };
}

/** What a counter's form asks for. Throws Problem. */
export function counterChange(form: URLSearchParams, counter: string): AdjustmentChange {
  const action = form.get("action") ?? "";
  const set = (value: bigint): AdjustmentChange => ({ action: "set", counter, value, region: null, ifMatch: null });
  if (action === "delete") return { action, counter, ifMatch: null };
  if (action === "reset") return set(0n);
  if (action !== "set")
    throw new Problem(badField(`The action is ${quoted(action)}.`, "Use the form as the page has it."));
  const text = (form.get("value") ?? "").trim();
  const value = valueIn(text);
  if (value !== null) return set(value);
  throw new Problem(
    badField(`The new total is ${quoted(text)}.`, `Use a whole number from 0 to ${MAX_ADJUSTED_TOTAL}.`),
  );
}
