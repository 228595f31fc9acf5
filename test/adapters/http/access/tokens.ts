import type { TokenEntry } from "../../../../internal/core/access/token_list.ts";
import { TOKEN_BYTES, tokenText } from "../../../../internal/core/access/token_text.ts";
import type { Tokens } from "../../../../internal/ports/access.ts";

/** The same text for each name. */
export function tokenOf(name: string): string {
  const bytes = new Uint8Array(TOKEN_BYTES);
  bytes.set(Buffer.from(name).subarray(0, TOKEN_BYTES));
  return tokenText(bytes);
}

/** What a request with the token of `name` sends. */
export function bearer(name: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${tokenOf(name)}` };
}

/** Tokens in memory: of each name, what it is for. */
export function tokensFor(entries: Readonly<Record<string, Partial<TokenEntry>>>): Tokens {
  const entryOf = (name: string): TokenEntry => {
    return { name, hash: "", rights: ["count"], counters: ["*"], expires: null, ...entries[name] };
  };
  return {
    home: { file: "/etc/counter/tokens.json", pod: null },
    find(text) {
      const name = Object.keys(entries).find((one) => tokenOf(one) === text);
      return name === undefined ? null : entryOf(name);
    },
    list: () => Object.keys(entries).map(entryOf),
  };
}
