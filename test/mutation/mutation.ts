import type { Need } from "../needs.ts";

/** One rule of docs/protocol.md, taken out of the code: `find` must occur exactly once in `file`. */
export interface Mutation {
  /** The rule by its name, and what is missing without it. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /**
   * Test file that must notice: what only real files and processes show, no simulation can. Default: the simulation. A file of scenarios is
   * only tried before all others, and then random histories.
   */
  readonly test?: string;
  /** What `test` needs. Where it is missing, the rule is not tried; in CI that is a mistake. */
  readonly needs?: readonly Need[];
  /** Scope of the explorer that must notice, for what needs an order of events that no named history has. */
  readonly scope?: string;
  /** Another rule still stops every history that this one stops; it is reported, and need not be caught. */
  readonly coveredBy?: string;
}
