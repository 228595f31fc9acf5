import type { ProblemFields } from "../../problem.ts";

/** A problem in words for people who came with a browser. */
export interface ProblemWords {
  readonly headline: string;
  readonly words: string;
}

const BY_KIND: Readonly<Record<string, ProblemWords>> = {
  "unknown-path": {
    headline: "There is no page here",
    words: "The address may be mistyped, or the page is gone.",
  },
  "unknown-counter": {
    headline: "Nobody has counted this yet",
    words: "A counter begins with its first hit. The name may also be mistyped.",
  },
  "unknown-link": {
    headline: "This link leads nowhere",
    words: "The address may be mistyped, or the link was removed.",
  },
  "wrong-method": {
    headline: "This address is for programs",
    words: "They send hits to it. A browser cannot open it.",
  },
  "bad-name": {
    headline: "This cannot be a counter",
    words: "Names have small letters and digits, with dots, hyphens and slashes between them.",
  },
  "bad-query": {
    headline: "This address has a mistake",
    words: "The part after the question mark says something that this page does not know.",
  },
  "too-often": {
    headline: "That was a lot at once",
    words: "Too many requests came, from your network or from all together.",
  },
};

const BY_STATUS: Readonly<Record<number, ProblemWords>> = {
  401: {
    headline: "This is not open to everybody",
    words: "The people who run this counter can give you a token for it.",
  },
  403: {
    headline: "This is not open to everybody",
    words: "The people who run this counter have closed it to requests like yours.",
  },
  429: { headline: "That was a lot at once", words: "Too many requests came from your network." },
  500: {
    headline: "Something broke here",
    words: "It is not your fault. The people who run this counter find it in their log.",
  },
  503: {
    headline: "Back in a moment",
    words: "This server cannot do that right now. What was counted before is safe.",
  },
};

/** What people read. What programs get stands below it. */
export function wordsFor({ kind, status, title, detail }: ProblemFields): ProblemWords {
  return BY_KIND[kind] ?? BY_STATUS[status] ?? { headline: title, words: detail };
}
