import { PROBLEM_TYPE } from "../problem.ts";
import { ref, type Schema } from "./schemas.ts";

/** What an operation may answer, by status. */
export type Answers = Readonly<Record<string, object>>;

/** Statuses of problems, and the kinds that each has. */
const PROBLEMS = {
  badRequest: [400, "bad-name", "bad-query", "bad-body", "not-http", "no-host"],
  badHost: [400, "bad-name", "bad-host", "not-http", "no-host"],
  refusedHere: [403, "not-allowed", "foreign-origin"],
  unknownPath: [404, "unknown-path"],
  unknownCounter: [404, "unknown-counter"],
  tooSlow: [408, "too-slow"],
  tooManyCounters: [409, "too-many-counters"],
  bodyTooLarge: [413, "body-too-large"],
  notJson: [415, "not-json"],
  unknownExpectation: [417, "unknown-expectation"],
  headersTooLarge: [431, "headers-too-large"],
  ourFault: [500, "our-fault"],
  notCounted: [503, "draining", "journal", "halted"],
  notCommitted: [503, "draining", "journal", "halted", "not-committed-yet"],
  notReady: [503, "draining", "journal"],
  halted: [503, "halted"],
  tooManyStreams: [503, "too-many-streams"],
} as const;

export type ProblemName = keyof typeof PROBLEMS;

/** Any request may meet these: most of them before anybody looks at its path. */
const EVERYWHERE: readonly ProblemName[] = [
  "badRequest",
  "tooSlow",
  "unknownExpectation",
  "headersTooLarge",
  "ourFault",
];
/** What may happen to a hit. */
export const OF_HITS: readonly ProblemName[] = ["refusedHere", "tooManyCounters", "notCounted"];

const PROBLEM_MEDIA = PROBLEM_TYPE.split(";", 1)[0] ?? "";

/** 200 with `content`, and the problems that there may be. */
export function answers(content: object, ...problems: readonly ProblemName[]): Answers {
  const ofProblems = [...EVERYWHERE, ...problems].map((name): [string, object] => {
    const [status, ...kinds] = PROBLEMS[name];
    return [String(status), problemAnswer(kinds)];
  });
  return { "200": content, ...Object.fromEntries(ofProblems) };
}

function problemAnswer(kinds: readonly string[]): object {
  const schema = ref("Problem");
  // A browser that goes there gets the same words as a page.
  const content = { [PROBLEM_MEDIA]: { schema }, "text/html": { schema: { type: "string" } } };
  return { description: kinds.map((kind) => `\`${kind}\``).join(", "), content };
}

export function json(description: string, schema: Schema): object {
  return { description, content: { "application/json": { schema } } };
}

export function file(description: string, media: string): object {
  return { description, content: { [media]: { schema: { type: "string" } } } };
}

/** For HEAD: the same statuses, and nothing in them. */
export function withoutContent(answers: Answers): Answers {
  const bare = Object.entries(answers).map(([status, answer]) => {
    const { content: _, ...rest } = { content: undefined, ...answer };
    return [status, rest];
  });
  return Object.fromEntries(bare);
}
