import type { Context } from "koa";
import { isCounterPattern } from "../../../core/access/counter_rules.ts";
import { isTokenName, TOKEN_NAME_FORM } from "../../../core/access/token_list.ts";
import type { Tokens } from "../../../ports/access.ts";
import { Problem } from "../problem.ts";
import { quoted } from "../problems.ts";
import { readQuery } from "../query.ts";
import { badField } from "./admin_problems.ts";
import type { TokenChange } from "./token_commands.ts";

/** What the address of the page of tokens asks for; null: nothing. It changes nothing. `wall`: milliseconds since 1970. Throws Problem. */
export function tokenChange(ctx: Context, tokens: Tokens | null, wall: number): TokenChange | null {
  const asked = readQuery(ctx, "create", "revoke", "rights", "counters", "expires");
  const known = (name: string) => tokens?.list().some((token) => token.name === name) ?? false;
  if (asked.revoke !== undefined) {
    if (known(asked.revoke)) return { action: "revoke", name: asked.revoke };
    throw new Problem(badField(`There is no token ${quoted(asked.revoke)}.`, "It may have been revoked already."));
  }
  if (asked.create === undefined) return null;
  const name = asked.create.trim();
  if (!isTokenName(name)) throw new Problem(badField(`The name is ${quoted(name)}.`, `Use ${TOKEN_NAME_FORM}.`));
  if (known(name)) throw new Problem(badField(`There is a token ${quoted(name)}.`, "Use another name, or revoke it."));
  const { rights = "count", counters = "*", expires = "" } = asked;
  return {
    ...{ action: "create", name, admin: isAdmin(rights), counters: patternsIn(counters) },
    expires: endIn(expires, wall),
  };
}

function isAdmin(rights: string): boolean {
  if (rights === "count" || rights === "admin") return rights === "admin";
  throw new Problem(badField(`The rights are ${quoted(rights)}.`, "Use the form as the page has it."));
}

function patternsIn(text: string): string[] {
  const patterns = text.split(",").map((one) => one.trim());
  const bad = patterns.find((pattern) => !isCounterPattern(pattern));
  if (bad === undefined) return patterns;
  const remedy = "Use names of counters, or beginnings of names with a * at the end, with commas between them.";
  throw new Problem(badField(`The counters have ${quoted(bad)}.`, remedy));
}

/** The day from whose beginning on (UTC) the token is not valid. */
function endIn(text: string, wall: number): string | null {
  if (text === "") return null;
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (time > wall) return text;
  throw new Problem(badField(`The end is ${quoted(text)}.`, "Use a day to come, such as 2030-12-31."));
}
