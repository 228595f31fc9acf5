import { DESTINATION_FORM, isDestination } from "../../core/links/destination.ts";
import { type Links, MAX_LINKS } from "../../core/links/links.ts";
import { counterName, refuse } from "./checks.ts";

export interface LinkMessage {
  readonly counter: string;
  readonly url: string;
}

export interface LinksMessage {
  readonly links: readonly LinkMessage[];
}

export function fromLinks(links: Links): LinksMessage {
  return { links: Array.from(links, ([counter, url]) => ({ counter, url })) };
}

/** Throws Malformed. */
export function toLinks({ links }: LinksMessage): Links {
  if (links.length > MAX_LINKS) refuse("links", links.length, `at most ${MAX_LINKS}`);
  return new Map(links.map(toLink));
}

/** Throws Malformed. */
export function toLink({ counter, url }: LinkMessage): [counter: string, url: string] {
  return [counterName(counter), isDestination(url) ? url : refuse("destination of a link", url, DESTINATION_FORM)];
}
