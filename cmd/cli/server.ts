import { setTimeout as sleep } from "node:timers/promises";

/** Longer than a server waits for a commit. */
const RESPONSE_TIMEOUT_MS = 15_000;
/** A server writes to a stream at least every 2 s. After this silence, the connection counts as lost. */
export const SILENCE_TIMEOUT_MS = 7_000;

/** The server refused the request, or its response is not usable. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  /** The response's body as the server wrote it, or null. */
  readonly body: string | null;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  /** Whether the server says that the hits are counted in spite of the error. */
  readonly counted: boolean;
  /** Whether no response says that the hits are counted, or the adjustment done, or that they are not. */
  readonly isUnknown: boolean;
  /** The problem's type, or null. */
  readonly type: string | null;
  constructor(message: string, what: { temporary: boolean; body?: string; problem?: ProblemJson }, cause?: unknown) {
    super(message, { cause });
    this.body = what.body ?? null;
    this.temporary = what.temporary;
    const { counted, done } = what.problem ?? {};
    this.counted = counted === true;
    this.isUnknown = typeof (counted ?? done) !== "boolean";
    this.type = what.problem?.type ?? null;
  }

  /** Whether the request certainly did not reach a server. */
  get unsent(): boolean {
    const causes = causesOf(this.cause);
    return causes.length > 0 && causes.every((cause) => hadNoConnection(cause) || hadNoTls(cause));
  }
}

/** Where requests go, and with which token. */
export interface Endpoint {
  /** Address without a slash at the end. */
  readonly server: string;
  readonly token: string | null;
}

/** Sends one request. Resolves to the response's text, which is JSON. Throws ServerError. */
export async function ask(endpoint: Endpoint, path: string, options: RequestInit = {}): Promise<string> {
  const response = await send(endpoint, path, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS), ...options });
  return textOf(response, endpoint.server);
}

/** Resolves when the response begins, for streams. Throws ServerError for every status but 2xx. */
export async function send({ server, token }: Endpoint, path: string, options: RequestInit): Promise<Response> {
  const headers = { ...options.headers, ...(token !== null && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${server}${path}`, { ...options, headers }).catch((error: unknown) => {
    throw new ServerError(`${server} does not respond: ${reasonOf(error)}`, { temporary: true }, error);
  });
  if (!response.ok) throw statusError(response.status, await textOf(response, server));
  return response;
}

async function textOf(response: Response, server: string): Promise<string> {
  return response.text().catch((error: unknown) => {
    throw new ServerError(`${server} did not complete its response: ${reasonOf(error)}`, { temporary: true }, error);
  });
}

/** The status of a rate that is used up (RFC 6585). */
const TOO_OFTEN = 429;

/** The error of a response that is a problem. */
export function statusError(status: number, body: string): ServerError {
  const problem = problemIn(body);
  const { detail, remedy } = problem;
  const message =
    detail === undefined ? `the server responded with status ${status}` : `${detail} ${remedy ?? ""}`.trim();
  return new ServerError(message, { body, temporary: status >= 500 || status === TOO_OFTEN, problem });
}

export interface ProblemJson {
  readonly type?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly counted?: boolean | "unknown";
  /** In place of `counted`: whether an adjustment was done. */
  readonly done?: boolean | "unknown";
}

/** The problem in a response's body; without any field if it is none. */
export function problemIn(body: string): ProblemJson {
  try {
    const problem: unknown = JSON.parse(body);
    return typeof problem === "object" && problem !== null ? problem : {};
  } catch {
    return {};
  }
}

/** OpenSSL's codes for a response without TLS. */
const NO_TLS: ReadonlySet<string> = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"]);

/** The reason of a failed `fetch`, which is in its cause. */
export function reasonOf(error: unknown): string {
  if (error instanceof ServerError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no response within ${RESPONSE_TIMEOUT_MS / 1000} s`;
  const causes = causesOf(error);
  if (causes.some(hadNoTls)) return "it does not use TLS; try http://";
  const first = causes.find(({ message }) => message !== "");
  return first?.message ?? error.message;
}

function hadNoTls(cause: Error): boolean {
  return "code" in cause && NO_TLS.has(String(cause.code));
}

/** Whether the address could not be found or connected to. */
function hadNoConnection(cause: Error): boolean {
  return "syscall" in cause && (cause.syscall === "connect" || cause.syscall === "getaddrinfo");
}

/** Why a `fetch` failed. A name with several addresses fails with one error for each, and an empty message of its own. */
function causesOf(error: unknown): Error[] {
  const cause = error instanceof Error ? error.cause : undefined;
  const causes: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.filter((one) => one instanceof Error);
}

/** Resolves after `ms`, or when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
