import { nodeCommand } from "./node_settings.ts";
import type { Command } from "./read/setting.ts";
import { type StoreSettings, storeChecks, storeSettings, storeTable } from "./store.ts";
import { yes } from "./values.ts";

/** What `npm run adopt` is told. */
export interface AdoptSettings {
  readonly store: StoreSettings;
  /** Goes on without asking. */
  readonly yes: boolean;
}

const table = {
  ...storeTable,
  yes: {
    placeholder: null,
    parse: yes,
    default: null,
    otherwise: "asks",
    help: "goes on without asking",
    only: "flag",
  },
} as const;

export const adoptCommand: Command<typeof table, AdoptSettings> = {
  usage: "npm run adopt --",
  undone: "Not adopted",
  purpose: "Goes on with a store that was wiped or restored (state StoreLost). It says what it will do, and asks.",
  table,
  // In a cluster it is started in a counter's container.
  beside: nodeCommand.table,
  checks: storeChecks,
  complete: (values) => ({ store: storeSettings(values), yes: values.yes ?? false }),
};
