import { StoreError, type StoreErrorKind } from "../../ports/store.ts";

/** gRPC status codes in etcd's replies: https://grpc.io/docs/guides/status-codes/ */
export const Code = { permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** A call to etcd that failed. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly code: number;
  /** False if the request certainly never left this process. */
  readonly sent: boolean;
  constructor(message: string, code: number, sent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.sent = sent;
  }
}

/** The error of a call in plain words. grpc-js appends timings of its own parts, which tell nothing about etcd. */
export function callText(details: string): string {
  const [late, seconds] = /^Deadline exceeded(?: after ([\d.]+)s)?/.exec(details) ?? [];
  if (late !== undefined) return seconds === undefined ? "no answer in time" : `no answer within ${Number(seconds)} s`;
  return details === "Cancelled on client" ? "the connection was closed on this side" : details;
}

/** Whether grpc-js refused an answer because of its size. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof CallFailure && /Received message larger than max/.test(error.message);
}

interface Refusal {
  readonly words: RegExp;
  readonly kind: StoreErrorKind;
  readonly advice: string;
  /** etcd may have applied the request all the same. */
  readonly mayBeApplied?: boolean;
}

/** What a member without a vote says to all requests but serializable reads, before it looks at them. */
export const LEARNER = /not supported for learner/;

/** Errors with which etcd refuses a request: api/v3rpc/rpctypes/error.go of etcd 3.6. */
const REFUSALS: readonly Refusal[] = [
  {
    // Its quota is checked twice: before a request is proposed, and while it is applied, where the error comes after the change.
    words: /database space exceeded/,
    kind: "full",
    advice: "its database is at its quota: compact and defragment it, then disarm the alarm",
    mayBeApplied: true,
  },
  {
    words: /request is too large|too many operations/,
    kind: "full",
    advice: "raise its --max-request-bytes and --max-txn-ops",
  },
  {
    words: /permission denied|authentication failed|user name is empty|invalid auth/,
    kind: "denied",
    advice: "check the user, the password and its role",
  },
  { words: /too many requests/, kind: "away", advice: "it is overloaded" },
  { words: LEARNER, kind: "away", advice: "promote this member, or name the other members, too" },
];

/** Certificate errors of OpenSSL and Node. (An interrupted handshake is none of them.) */
const TLS_FAILURE = /certificate|altnames|SSL routines|\balert\b|EPROTO/;

/** The StoreError for `failure`. `mayApply`: the request changes something, so that it may have been applied if it was sent and not answered. */
export function toStoreError(what: string, failure: unknown, mayApply: boolean): StoreError {
  if (failure instanceof StoreError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  const refusal = REFUSALS.find(({ words }) => words.test(message));
  const advice = refusal ? ` (${refusal.advice})` : "";
  const kind = refusal?.kind ?? kindOf(failure, message, mayApply);
  const mayBeApplied = refusal ? mayApply && refusal.mayBeApplied === true : kind === "unknown";
  return new StoreError(kind, `etcd: ${what}: ${message}${advice}`, { cause: failure, mayBeApplied });
}

function kindOf(failure: unknown, message: string, mayApply: boolean): StoreErrorKind {
  if (failure instanceof CallFailure) {
    if (failure.code === Code.permissionDenied || failure.code === Code.unauthenticated) return "denied";
    if (!failure.sent) return TLS_FAILURE.test(message) ? "denied" : "away";
  }
  return mayApply ? "unknown" : "away";
}
