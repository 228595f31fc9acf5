/**
 * What limits are counted under for an IP address as Node writes it: the address itself, for IPv6 its first 64 bits, because a provider
 * gives each customer at least that many addresses (RFC 6177). An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(":") ? `${firstGroups(address).join(":")}::/64` : address;
}

function firstGroups(address: string): string[] {
  const [head = "", tail] = address.toLowerCase().split("::", 2);
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
}

/** An IPv4 address at the end stands for two groups. */
function groups(text: string): string[] {
  return text === "" ? [] : text.split(":").flatMap((group) => (group.includes(".") ? [group, group] : [group]));
}
