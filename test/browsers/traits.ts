/** What a browser is and sends, by its number in the population. */
export interface Traits {
  /** Whose browser it is: an address (of IPv6, a network) with an agent. Two of them may be one visitor. */
  readonly visitor: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A program, or a browser that loads pages ahead: its views are set aside. */
  readonly isBot: boolean;
  /** Global Privacy Control. */
  readonly isPrivate: boolean;
  /** Whether pages may store something in it. */
  readonly stores: boolean;
}

const CRAWLERS = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "curl/8.14.1",
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
];
const AHEAD = [
  { "sec-purpose": "prefetch" },
  { "sec-purpose": "prefetch;prerender" },
  { purpose: "prefetch" },
  { "x-moz": "prefetch" },
];
const LANGUAGES = ["en-US,en;q=0.9", "de", "fr-CH, fr;q=0.9", "ja"];

/** Of a hundred browsers, ten are crawlers, four load ahead, ten send Global Privacy Control, five store nothing, and two are one visitor. */
export function traitsOf(number: number): Traits {
  const kind = number % 100;
  const isCrawler = kind < 10;
  const ahead = kind >= 10 && kind < 14 ? AHEAD[kind - 10] : {};
  const isPrivate = kind >= 20 && kind < 30;
  // The last one of a hundred is in the network of the one before, with the same agent.
  const person = kind === 99 ? number - 1 : number;
  const agent = isCrawler ? CRAWLERS[kind % CRAWLERS.length] : agentOf(person);
  const headers = {
    "x-forwarded-for": addressOf(person, number),
    "user-agent": agent as string,
    "accept-language": LANGUAGES[number % LANGUAGES.length] as string,
    ...(isPrivate && { "sec-gpc": "1" }),
    ...ahead,
  };
  const isBot = isCrawler || (kind >= 10 && kind < 14);
  return { visitor: `visitor ${person}`, headers, isBot, isPrivate, stores: !(kind >= 30 && kind < 35) };
}

function agentOf(person: number): string {
  const version = `${100 + (person % 45)}.0`;
  return person % 2 === 0
    ? `Mozilla/5.0 (X11; Linux x86_64; rv:${version}) Gecko/20100101 Firefox/${version}`
    : `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0 Safari/537.36`;
}

/** Neighbours share an IPv4 address, and have other agents. Some have IPv6, where the last 64 bits are the device's own. */
function addressOf(person: number, device: number): string {
  if (person % 4 === 2) return `2001:db8:0:${person.toString(16)}::${(device + 1).toString(16)}`;
  const host = person - (person % 2);
  return `10.7.${Math.floor(host / 200)}.${(host % 200) + 1}`;
}
