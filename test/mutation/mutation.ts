import type { Need } from "../needs.ts";

/** One rule of docs/protocol.md, taken out of the code: `find` must occur exactly once in `file`. */
export interface Mutation {
  /** The rule by its name, and what is missing without it. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /**
   * Test file that must notice. If it is a file of scenarios and does not notice, all scenarios and then random histories are tried: that takes
   * minutes.
   */
  readonly test?: string;
  /** What `test` needs. Where it is missing, the rule is not tried; in CI that is a mistake. */
  readonly needs?: readonly Need[];
  /** Scope of the explorer that must notice, for what needs an order of events that no named history has. */
  readonly scope?: string;
}
