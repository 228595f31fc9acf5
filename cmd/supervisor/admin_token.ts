import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addNewToken } from "../../internal/adapters/tokens/new_token.ts";
import { readTokens, TokenFileError } from "../../internal/adapters/tokens/token_storage.ts";
import { pathText } from "../cli/text.ts";

/** The tokens of the cluster in `dataDir`. */
export function tokensOf(dataDir: string): string {
  return join(dataDir, "tokens.json");
}

/**
 * Makes the file of tokens with a token for the admin, unless there is one. Returns where the admin's token is, or null if none was made.
 * Throws TokenFileError.
 */
export function firstToken(dataDir: string): string | null {
  const tokens = tokensOf(dataDir);
  if (existsSync(tokens)) {
    readTokens(tokens);
    return null;
  }
  const file = join(dataDir, "admin-token");
  const text = addNewToken(tokens, { name: "admin", rights: ["count", "admin"], counters: ["*"], expires: null });
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "w" });
  } catch (error) {
    throw new TokenFileError(
      `Cannot write ${pathText(file)}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return file;
}
