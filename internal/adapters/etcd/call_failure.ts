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

/** Errors with which etcd refuses a request before it applies it: api/v3rpc/rpctypes/error.go of etcd 3.6. */
const REFUSALS: readonly (readonly [RegExp, StoreErrorKind, string])[] = [
  [/database space exceeded/, "full", "its database is at its quota: compact and defragment it, then disarm the alarm"],
  [/request is too large|too many operations/, "full", "raise its --max-request-bytes and --max-txn-ops"],
  [
    /permission denied|authentication failed|user name is empty|invalid auth/,
    "denied",
    "check the user, the password and its role",
  ],
  [/too many requests/, "away", "it is overloaded"],
];

/** Certificate errors of OpenSSL and Node. (An interrupted handshake is none of them.) */
const TLS_FAILURE = /certificate|altnames|SSL routines|\balert\b|EPROTO/;

/** The StoreError for `failure`. `mayApply`: the request changes something, so that it may have been applied if it was sent and not answered. */
export function toStoreError(what: string, failure: unknown, mayApply: boolean): StoreError {
  if (failure instanceof StoreError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  const refusal = REFUSALS.find(([words]) => words.test(message));
  const advice = refusal ? ` (${refusal[2]})` : "";
  const kind = refusal?.[1] ?? kindOf(failure, message, mayApply);
  return new StoreError(kind, `etcd: ${what}: ${message}${advice}`, { cause: failure });
}

function kindOf(failure: unknown, message: string, mayApply: boolean): StoreErrorKind {
  if (failure instanceof CallFailure) {
    if (failure.code === Code.permissionDenied || failure.code === Code.unauthenticated) return "denied";
    if (!failure.sent) return TLS_FAILURE.test(message) ? "denied" : "away";
  }
  return mayApply ? "unknown" : "away";
}
