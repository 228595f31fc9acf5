import { setTimeout as sleep } from "node:timers/promises";

/** Longer than a server waits for a commit, in milliseconds. */
const ANSWER_DEADLINE = 15_000;
/** A server writes to a stream every 2 s at least: one that was silent for this long, in milliseconds, is gone. */
export const LONGEST_SILENCE = 7_000;

/** The server refused, or gave no answer that can be used. */
export class ServerTrouble extends Error {
  override readonly name = "ServerTrouble";
  /** The server's own words, as it wrote them, if there are any. */
  readonly body: string | null;
  /** Whether the same request may succeed later. */
  readonly passing: boolean;
  /** Whether the server says that the hits are counted all the same. */
  readonly counted: boolean;
  /** The problem's type, if the server named one. */
  readonly type: string | null;
  constructor(message: string, what: { passing: boolean; body?: string; problem?: Problem }, cause?: unknown) {
    super(message, { cause });
    this.body = what.body ?? null;
    this.passing = what.passing;
    this.counted = what.problem?.counted === true;
    this.type = what.problem?.type ?? null;
  }
}

/** Asks once. Resolves to the answer's text, which is JSON. Throws ServerTrouble. */
export async function ask(server: string, path: string, options: RequestInit = {}): Promise<string> {
  const answer = await send(server, path, { signal: AbortSignal.timeout(ANSWER_DEADLINE), ...options });
  return textOf(answer, server);
}

/** The answer as it begins to come: for streams. Throws ServerTrouble for every status but 2xx. */
export async function send(server: string, path: string, options: RequestInit): Promise<Response> {
  const answer = await fetch(`${server}${path}`, options).catch((error: unknown) => {
    throw new ServerTrouble(`${server} does not answer: ${reasonOf(error)}`, { passing: true }, error);
  });
  if (!answer.ok) throw refusal(answer.status, await textOf(answer, server));
  return answer;
}

async function textOf(answer: Response, server: string): Promise<string> {
  return answer.text().catch((error: unknown) => {
    throw new ServerTrouble(`${server} broke off its answer: ${reasonOf(error)}`, { passing: true }, error);
  });
}

function refusal(status: number, body: string): ServerTrouble {
  const problem = problemIn(body);
  const { detail, remedy } = problem;
  const words = detail === undefined ? `the server answered with status ${status}` : `${detail} ${remedy ?? ""}`.trim();
  return new ServerTrouble(words, { body, passing: status >= 500, problem });
}

interface Problem {
  readonly type?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly counted?: boolean;
}

function problemIn(body: string): Problem {
  try {
    const problem: unknown = JSON.parse(body);
    return typeof problem === "object" && problem !== null ? problem : {};
  } catch {
    return {};
  }
}

/** What OpenSSL makes of an answer in plain HTTP. */
const NO_TLS: ReadonlySet<string> = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"]);

/** `fetch` says little; its cause says why. */
export function reasonOf(error: unknown): string {
  if (error instanceof ServerTrouble) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing within ${ANSWER_DEADLINE / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && NO_TLS.has(String(cause.code)))
    return "it speaks no TLS; try http://";
  // A name with several addresses fails with one error for each, and no words of its own.
  const causes = cause instanceof AggregateError ? cause.errors : [cause];
  const [first] = causes.filter((one) => one instanceof Error && one.message !== "");
  return first instanceof Error ? first.message : error.message;
}

/** Resolves after `ms`, or when `signal` says that nobody waits any more. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
