/** Microseconds on the machine's monotonic clock, which all of its processes share. */
type Micros = number;

/** A call of one client to the store, and what it was answered. */
export type Operation = { readonly client: string; readonly begin: Micros; readonly end: Micros } & (
  | { readonly call: "read"; readonly answer: Read | Failed }
  | { readonly call: "scan"; readonly answer: Scanned | Failed }
  | { readonly call: "leader"; readonly answer: { readonly epoch: number | null } | Failed }
  | { readonly call: "campaign"; readonly answer: { readonly epoch: number | null } | Failed }
  | { readonly call: "renew"; readonly epoch: number; readonly answer: { readonly renewed: boolean } | Failed }
  | Write
);

/** A commit, or an overwrite if `epoch` is null. No two write the same value. */
export type Write = {
  readonly client: string;
  readonly begin: Micros;
  readonly end: Micros;
  readonly call: "write";
  readonly epoch: number | null;
  /** The revision of `head` that it was conditioned on. */
  readonly expected: number;
  readonly value: string;
  readonly answer: { readonly revision: number } | Refused | Failed;
};

export interface Read {
  readonly head: number;
  /** The value of `head`, or also those of the other entries that each write leaves. */
  readonly values: readonly (string | null)[];
  readonly epoch: number | null;
}

/** Entries without their revisions. */
export interface Scanned {
  /** Values of all entries that the answer reaches, at least one: they are those of one write. */
  readonly values: readonly (string | null)[];
}

export interface Refused {
  readonly refusedAt: number;
  readonly epoch: number | null;
}

export interface Failed {
  /** Message of the error. */
  readonly error: string;
  /** Whether the store says that it may have been applied. */
  readonly mayBeApplied: boolean;
}

/** For which a client waits for an answer. */
export const CALL_MS = 800;
