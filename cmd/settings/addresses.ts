import { isIP } from "node:net";
import { isMemberField, MEMBER_FIELDS } from "../../internal/core/cluster/member_fields.ts";
import type { Parse } from "./setting.ts";

/** A name's last label has a letter in it (RFC 3696): one without is an IP address with a mistake. */
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$(?<!^[0-9.]+)/;

/** A host name or an IP address; IPv6 with or without brackets, and without a zone, which means something on one machine only. */
export const host: Parse<string> = (text) => {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 6 && bare.includes("%"))
    return { wrong: "must be an address that means the same on every machine, so without a zone (%...)" };
  const good = isIP(bare) !== 0 || (HOST_NAME.test(bare) && bare === text);
  return good ? { value: bare } : { wrong: "must be a host name or an IP address, without a port" };
};

/** Whether `address` means "every address of this machine", which nobody else can dial. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** `host:port`, with brackets round an IPv6 address. */
export function hostPort(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Where a browser goes, without a slash at the end. It is told to peers, so it is written as they understand it. */
export const webAddress: Parse<string> = (text) => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search + url.hash !== "")
    return { wrong: "must be an http:// or https:// address, such as http://counter.example.com" };
  const value = withoutSlash(text);
  if (isMemberField("url", value)) return { value };
  const plain = withoutSlash(url.href);
  return { wrong: isMemberField("url", plain) ? `must be written as ${plain}` : `must be ${MEMBER_FIELDS.url.wanted}` };
};

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}

/** `*`, or origins as browsers write them (`https://example.com`), with commas between. */
export const origins: Parse<"*" | ReadonlySet<string>> = (text) => {
  if (text === "*") return { value: "*" };
  const given = text.split(",").map((origin) => origin.trim());
  const bad = given.find((origin) => !/^https?:[^*]+$/.test(origin) || URL.parse(origin)?.origin !== origin);
  if (bad === undefined) return { value: new Set(given) };
  const example = "https://example.com or http://127.0.0.1:8080";
  return { wrong: `must be *, or origins with commas between; ${JSON.stringify(bad)} is none, such as ${example}` };
};

/** `host:port` of one etcd member; its port is 2379 unless given. Null when it is none. */
export function etcdEndpoint(text: string): string | null {
  const [, name, digits] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const parsed = host(name ?? "");
  const port = Number(digits ?? 2379);
  return "value" in parsed && port >= 1 && port <= 65_535 ? hostPort(parsed.value, port) : null;
}
