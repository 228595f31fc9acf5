import type { Mutation } from "./mutation.ts";
import { ACCESS } from "./rules/access.ts";
import { ADJUSTING } from "./rules/adjusting.ts";
import { ADOPTING } from "./rules/adopting.ts";
import { ANSWERING } from "./rules/answering.ts";
import { CERTIFICATES } from "./rules/certificates.ts";
import { DAYS } from "./rules/days.ts";
import { EXPLORING } from "./rules/exploring.ts";
import { HALTING } from "./rules/halting.ts";
import { HITS } from "./rules/hits.ts";
import { HOLDING } from "./rules/holding.ts";
import { KEYED } from "./rules/keyed.ts";
import { LEADING } from "./rules/leading.ts";
import { LEAVING } from "./rules/leaving.ts";
import { LEDGER } from "./rules/ledger.ts";
import { LINKS } from "./rules/links.ts";
import { MARKS } from "./rules/marks.ts";
import { PUBLISHING } from "./rules/publishing.ts";
import { SITES } from "./rules/sites.ts";
import { STORES } from "./rules/stores.ts";
import { TRUSTING } from "./rules/trusting.ts";

/** Every rule of docs/protocol.md, taken out in every way that was thought of; by what it is about. */
export const MUTATIONS: readonly Mutation[] = [
  ...ACCESS,
  ...HITS,
  ...ANSWERING,
  ...SITES,
  ...LEDGER,
  ...PUBLISHING,
  ...LEADING,
  ...ADOPTING,
  ...LEAVING,
  ...KEYED,
  ...MARKS,
  ...ADJUSTING,
  ...LINKS,
  ...DAYS,
  ...HALTING,
  ...HOLDING,
  ...STORES,
  ...CERTIFICATES,
  ...TRUSTING,
  ...EXPLORING,
];
