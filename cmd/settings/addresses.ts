import { isIP } from "node:net";
import { isMemberField, MEMBER_FIELDS } from "../../internal/core/cluster/member_fields.ts";
import type { Parse } from "./read/setting.ts";

/** The last label of a name has a letter (RFC 3696). A text without one is a mistyped IP address. */
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$(?<!^[0-9.]+)/;

/** A host name or an IP address. IPv6 with or without brackets, but without a zone, which is valid on one machine only. */
export const host: Parse<string> = (text) => {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) === 6 && bare.includes("%"))
    return { problem: "must be an address without a zone (%...), which is valid on one machine only" };
  const good = isIP(bare) !== 0 || (HOST_NAME.test(bare) && bare === text);
  return good ? { value: bare } : { problem: "must be a host name or an IP address, without a port" };
};

/** Whether `address` means "every address of this machine". Other machines cannot connect to it. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** Whether only this machine can connect to `address`. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(address: string, port: number): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An address for browsers, without a slash at the end. Nodes send it to each other, so it must have the form that they accept. */
export const webAddress: Parse<string> = (text) => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search + url.hash !== "")
    return { problem: "must be an http:// or https:// address, such as http://counter.example.com" };
  const value = withoutSlash(text);
  if (isMemberField("url", value)) return { value };
  const plain = withoutSlash(url.href);
  return {
    problem: isMemberField("url", plain) ? `must have the form ${plain}` : `must be ${MEMBER_FIELDS.url.wanted}`,
  };
};

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}

/** `*`, or a comma-separated list of origins as browsers write them (`https://example.com`). */
export const origins: Parse<"*" | ReadonlySet<string>> = (text) => {
  if (text === "*") return { value: "*" };
  const given = text.split(",").map((origin) => origin.trim());
  const bad = given.find((origin) => !/^https?:[^*]+$/.test(origin) || URL.parse(origin)?.origin !== origin);
  if (bad === undefined) return { value: new Set(given) };
  const examples = "such as https://example.com,http://127.0.0.1:8080";
  return { problem: `must be * or a comma-separated list of origins, ${examples}`, part: bad };
};

/** `*`, or a comma-separated list of host names, without ports, in lower case. */
export const hostNames: Parse<"*" | ReadonlySet<string>> = (text) => {
  if (text === "*") return { value: "*" };
  const given = text.split(",").map((name) => name.trim().toLowerCase());
  const bad = given.find((name) => !HOST_NAME.test(name));
  if (bad === undefined) return { value: new Set(given) };
  return { problem: "must be * or a comma-separated list of host names, such as counter.example.com", part: bad };
};

/** `host:port` of one etcd member; the default port is 2379. Null if it is not valid. */
export function etcdEndpoint(text: string): string | null {
  const [, name, digits] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const parsed = host(name ?? "");
  const port = Number(digits ?? 2379);
  return "value" in parsed && port >= 1 && port <= 65_535 ? hostPort(parsed.value, port) : null;
}
