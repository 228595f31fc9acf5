import { StoreError, type StoreErrorKind } from "../../ports/store.ts";

/** gRPC status codes that etcd answers with: https://grpc.io/docs/guides/status-codes/ */
export const Code = { permissionDenied: 7, unavailable: 14, unauthenticated: 16 } as const;

/** A call to etcd that did not end in an answer. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly code: number;
  /** False when the request certainly never left this process. */
  readonly sent: boolean;
  constructor(message: string, code: number, sent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.sent = sent;
  }
}

/** How a call ended, for people. grpc-js tells where each of its parts waited, and of nothing that it did not do itself. */
export function callText(details: string): string {
  const [late, seconds] = /^Deadline exceeded(?: after ([\d.]+)s)?/.exec(details) ?? [];
  if (late !== undefined) return seconds === undefined ? "no answer in time" : `no answer within ${Number(seconds)} s`;
  return details === "Cancelled on client" ? "the connection was given up" : details;
}

/** What etcd says when it refuses a request before applying it: api/v3rpc/rpctypes/error.go of etcd 3.6. */
const REFUSALS: readonly (readonly [RegExp, StoreErrorKind, string])[] = [
  [/database space exceeded/, "full", "its database is at its quota: compact and defragment it, then disarm the alarm"],
  [/request is too large|too many operations/, "full", "raise its --max-request-bytes and --max-txn-ops"],
  [
    /permission denied|authentication failed|user name is empty|invalid auth/,
    "denied",
    "check the user, the password and its role",
  ],
  [/too many requests/, "away", "it has more to do than it can"],
];

/** Certificate trouble, in the words of OpenSSL and Node. (A handshake that is merely cut off is not among them.) */
const TLS_FAILURE = /certificate|altnames|SSL routines|\balert\b|EPROTO/;

/** Which of our kinds `failure` is. `mayApply`: the request changes something, so that silence after sending tells nothing. */
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
