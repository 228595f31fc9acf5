import type { Member } from "../../ports/discovery.ts";
import { id, nodeName, peerAddress, region, webAddress } from "./checks.ts";

/** `Member` on the wire. */
export type MemberMessage = Readonly<Record<keyof Member, string>>;

export function fromMember({ id, name, region, peerAddress, url }: Member): MemberMessage {
  return { id, name, region, peerAddress, url };
}

export function toMember(message: MemberMessage): Member {
  return {
    id: id(message.id, "node"),
    name: nodeName(message.name),
    region: region(message.region),
    peerAddress: peerAddress(message.peerAddress),
    url: webAddress(message.url),
  };
}
