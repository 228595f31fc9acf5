import { timingSafeEqual } from "node:crypto";
import { isExpired, type TokenEntry } from "../../core/access/token_list.ts";
import { isTokenText } from "../../core/access/token_text.ts";
import type { AccessMeter, Tokens, TokensHome } from "../../ports/access.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { tokenHash } from "./token_hash.ts";
import { readTokens, TokenFileError, versionOf } from "./token_storage.ts";

/** How often the file is looked at. Watching it would miss a Secret that Kubernetes exchanges by a link in a folder above. */
const LOOK_INTERVAL_MS = 1_000;

interface TokenFileDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Pick<AccessMeter, "tokensOutdated">;
}

interface TokenFileOptions {
  readonly optional?: boolean;
  readonly pod?: TokensHome["pod"];
}

/**
 * The tokens of a file, which is read again when it changes. While it is missing, empty or not valid, the last good list stays in force, so
 * that a slip of somebody's hand takes nobody's rights. To revoke all tokens, write an empty list.
 */
export class TokenFile implements Tokens {
  readonly home: TokensHome;
  readonly #deps: TokenFileDeps;
  #byHash: ReadonlyMap<string, TokenEntry>;
  #version: string | null;
  #failing = false;
  #cancelLook: Cancel = () => {};

  /** `optional`: the file may be made later. Throws TokenFileError. */
  constructor(path: string, deps: TokenFileDeps, { optional = false, pod = null }: TokenFileOptions = {}) {
    this.home = { file: path, pod };
    this.#deps = deps;
    this.#version = versionOf(path);
    this.#byHash = byHash(optional && this.#version === null ? [] : readTokens(path));
    this.#lookLater();
  }

  find(text: string): TokenEntry | null {
    if (!isTokenText(text)) return null;
    const hash = tokenHash(text);
    // The map is asked by hash, so its timing tells nothing about a token's text. The comparison is for the entry that it found.
    const entry = this.#byHash.get(hash);
    if (entry === undefined || !timingSafeEqual(Buffer.from(entry.hash), Buffer.from(hash))) return null;
    return isExpired(entry, this.#deps.clock.wall()) ? null : entry;
  }

  list(): readonly TokenEntry[] {
    return [...this.#byHash.values()];
  }

  close(): void {
    this.#cancelLook();
  }

  #lookLater(): void {
    this.#cancelLook = this.#deps.clock.after(LOOK_INTERVAL_MS, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const version = versionOf(this.home.file);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#byHash = byHash(readTokens(this.home.file));
      this.#deps.logger.info("tokens read again", { file: this.home.file, tokens: this.#byHash.size });
      this.#failing = false;
    } catch (error) {
      if (!(error instanceof TokenFileError)) throw error;
      this.#deps.logger.error("tokens not read again; the old ones stay in force", { error: error.message });
      this.#failing = true;
    }
    this.#deps.meter.tokensOutdated(this.#failing);
  }
}

function byHash(tokens: readonly TokenEntry[]): ReadonlyMap<string, TokenEntry> {
  return new Map(tokens.map((token) => [token.hash, token]));
}
