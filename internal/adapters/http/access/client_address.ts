import type { IncomingMessage } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import { addressKey } from "../../../core/access/address_key.ts";

/**
 * Finds the client of a request. Anybody can send `X-Forwarded-For` and `Forwarded` (RFC 7239), so they count only where a trusted proxy
 * has written them: each proxy adds the address that it saw at the end.
 */
export class ClientAddresses {
  readonly #trusted: BlockList | null;

  /** `trustedProxies`: IP addresses and networks (`10.0.0.0/8`). */
  constructor(trustedProxies: readonly string[]) {
    this.#trusted = trustedProxies.length === 0 ? null : blockListOf(trustedProxies);
  }

  /** What the limits of this request's client are counted under (`core/access/address_key.ts`). */
  keyOf(req: IncomingMessage): string {
    return addressKey(this.#addressOf(req));
  }

  /** What the connections of a sender are counted under; null: it is a trusted proxy. */
  connectionKeyOf(socket: Socket): string | null {
    const sender = plain(socket.remoteAddress ?? "");
    return this.#trusted !== null && this.#trusts(sender) ? null : addressKey(sender);
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const sender = plain(socket.remoteAddress ?? "");
    if (this.#trusted === null || !this.#trusts(sender)) return sender;
    const found = [listOf(headers["x-forwarded-for"]), forwardedFor(headers.forwarded)]
      .filter((addresses) => addresses.length > 0)
      .map((addresses) => this.#clientIn(addresses, sender));
    // A proxy may know one of the headers and pass the other on as a stranger sent it. If they differ, the proxy itself is all that is certain.
    return found.length > 0 && found.every((address) => address === found[0]) ? (found[0] ?? sender) : sender;
  }

  /** The last address that no trusted proxy has. Behind a value that is no address, nothing is certain. */
  #clientIn(addresses: readonly string[], sender: string): string {
    let client = sender;
    for (const address of addresses.toReversed()) {
      if (isIP(address) === 0) break;
      client = address;
      if (!this.#trusts(client)) break;
    }
    return client;
  }

  #trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && (this.#trusted?.check(address, family === 4 ? "ipv4" : "ipv6") ?? false);
  }
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/", 2);
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function listOf(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : String(header)
        .split(",")
        .map((one) => plain(one.trim()));
}

/** The `for` of each element, in order. An element without one, or with a hidden name, gives a text that is no address. */
function forwardedFor(header: string | undefined): string[] {
  const elements = header?.split(",") ?? [];
  return elements.map((element) => plain(/(?:^|;)\s*for="?([^";]*)"?/i.exec(element.trim())?.[1] ?? ""));
}

/** Without a port, brackets, a zone, or the IPv6 form of an IPv4 address. */
function plain(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const address = bracketed ?? text.replace(/^([\d.]+):\d+$/, "$1");
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
}
