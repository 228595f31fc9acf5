import { isIP } from "node:net";

/** Names that a node answers to, in lower case, without ports. "*": all. */
export type AllowedHosts = "*" | ReadonlySet<string>;

/**
 * Which `Host` a request may have. A name of an attacker's can lead to this node, and then a browser takes his pages for the node's own (DNS rebinding). An IP
 * address or `localhost` cannot be such a name, so they are always the node's own.
 */
export class Hosts {
  readonly #own: ReadonlySet<string>;
  readonly #admitsAll: boolean;

  /** `url`: the public address of the node, whose host is its own; null: unknown. */
  constructor(allowed: AllowedHosts, url: string | null) {
    const named = url === null ? null : (URL.parse(url)?.hostname ?? null);
    this.#admitsAll = allowed === "*";
    this.#own = new Set([...(allowed === "*" ? [] : allowed), ...(named === null ? [] : [named]), "localhost"]);
  }

  /** Whether a request with this header may be answered. */
  admits(host: string | undefined): boolean {
    return this.#admitsAll || this.isOwn(host);
  }

  /** Whether this header can only be the node's own. HTTP/1.0 may come without it. */
  isOwn(host: string | undefined): boolean {
    if (host === undefined) return true;
    const name = host.replace(/:\d*$/, "").toLowerCase();
    return this.#own.has(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
  }
}
