import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { addNewToken, revokeToken } from "../../internal/adapters/tokens/new_token.ts";
import { readTokens } from "../../internal/adapters/tokens/token_storage.ts";
import { isExpired, type TokenEntry } from "../../internal/core/access/token_list.ts";
import { printError, printJson, printLines } from "./output.ts";
import { columns, pathText } from "./text.ts";
import type { TokenCommandName, TokenOptions } from "./token_commands.ts";

/** `global-cluster token ...`. Throws TokenFileError. */
export const RUN_TOKEN: Readonly<Record<TokenCommandName, (name: string, options: TokenOptions) => void>> = {
  create,
  list,
  revoke,
};

/** The token alone goes to standard output, so that a script can keep it: TOKEN=$(global-cluster token create ci). */
function create(name: string, { tokens, counters, admin, expires, json }: TokenOptions): void {
  const rights = admin ? (["count", "admin"] as const) : (["count"] as const);
  const what = { name, rights, counters, expires };
  mkdirSync(dirname(tokens), { recursive: true });
  const token = addNewToken(tokens, what);
  if (json) return printJson(JSON.stringify({ ...what, token }));
  printLines(token);
  printError(
    `It is shown only once: ${pathText(tokens)} keeps its hash. Use it with --token-file or GLOBAL_CLUSTER_TOKEN.`,
  );
}

function list(_name: string, { tokens, json }: TokenOptions): void {
  const entries = readTokens(tokens);
  if (json) return printJson(JSON.stringify(entries.map(({ hash: _, ...entry }) => entry)));
  const rows = entries.map((entry) => [entry.name, entry.rights.join(","), entry.counters.join(","), endOf(entry)]);
  printLines(columns([["NAME", "RIGHTS", "COUNTERS", "EXPIRES"], ...rows], [false, false, false, false]).join("\n"));
}

function endOf(entry: TokenEntry): string {
  if (entry.expires === null) return "never";
  return isExpired(entry, Date.now()) ? `${entry.expires} (over)` : entry.expires;
}

function revoke(name: string, { tokens, json }: TokenOptions): void {
  revokeToken(tokens, name);
  if (json) printJson(JSON.stringify({ name, revoked: true }));
  else printLines(`Revoked ${name}. Nodes refuse it within seconds.`);
}
