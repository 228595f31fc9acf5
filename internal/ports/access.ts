import type { TokenEntry } from "../core/access/token_list.ts";

/** Where tokens are kept. Nodes only read them: who may count or adjust is decided by those who may change this file. */
export interface TokensHome {
  /** As this node knows it. */
  readonly file: string;
  /** The pod that has the file from a Secret. Null: this node is no pod. */
  readonly pod: { readonly namespace: string; readonly name: string } | null;
}

/** The tokens that are in force. */
export interface Tokens {
  readonly home: TokensHome;
  /** The entry of a token's text; null if there is none, or if its time is over. */
  find(text: string): TokenEntry | null;
  /** All of them, those whose time is over, too. */
  list(): readonly TokenEntry[];
}

/** Why the HTTP interface refused a request, or a connection before its first one. */
export type AccessRefusal = "bad_token" | "no_right" | "rate" | "connection";

/** Takes what the metrics say about access. */
export interface AccessMeter {
  refused(refusal: AccessRefusal): void;
  /** Whether the tokens in force are older than the file, because it cannot be read or is not valid. */
  tokensOutdated(outdated: boolean): void;
}
