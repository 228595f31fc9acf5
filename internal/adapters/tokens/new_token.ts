import { randomBytes } from "node:crypto";
import type { TokenEntry } from "../../core/access/token_list.ts";
import { TOKEN_BYTES, tokenText } from "../../core/access/token_text.ts";
import { tokenHash } from "./token_hash.ts";
import { changeTokens, TokenFileError } from "./token_storage.ts";

/** Makes a token and adds it to a file, which keeps its hash alone. Returns its text. Throws TokenFileError. */
export function addNewToken(path: string, what: Omit<TokenEntry, "hash">): string {
  const text = tokenText(randomBytes(TOKEN_BYTES));
  changeTokens(path, (tokens) => {
    if (!tokens.some(({ name }) => name === what.name)) return [...tokens, { ...what, hash: tokenHash(text) }];
    throw new TokenFileError(
      `${path} has a token ${JSON.stringify(what.name)} already. Use another name, or revoke it.`,
    );
  });
  return text;
}

/** Removes a token from a file. Throws TokenFileError. */
export function revokeToken(path: string, name: string): void {
  changeTokens(path, (tokens) => {
    const kept = tokens.filter((token) => token.name !== name);
    if (kept.length < tokens.length) return kept;
    const names = tokens.map((token) => token.name).join(", ") || "none";
    throw new TokenFileError(`${path} has no token ${JSON.stringify(name)}. Its tokens: ${names}.`);
  });
}
