import type { Mutation } from "./mutation.ts";
import { ADOPTING } from "./rules/adopting.ts";
import { ANSWERING } from "./rules/answering.ts";
import { HALTING } from "./rules/halting.ts";
import { HITS } from "./rules/hits.ts";
import { LEADING } from "./rules/leading.ts";
import { LEAVING } from "./rules/leaving.ts";
import { LEDGER } from "./rules/ledger.ts";
import { STORES } from "./rules/stores.ts";

/** Every rule of docs/protocol.md, taken out in every way that was thought of; by what it is about. */
export const MUTATIONS: readonly Mutation[] = [
  ...HITS,
  ...ANSWERING,
  ...LEDGER,
  ...LEADING,
  ...ADOPTING,
  ...LEAVING,
  ...HALTING,
  ...STORES,
];
