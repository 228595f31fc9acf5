import { nodeCommand } from "./node_settings.ts";
import type { Command, ValuesOf } from "./read/setting.ts";
import { storeChecks, storeSettings, storeTable } from "./store.ts";
import { yes } from "./values.ts";

/** The settings of `npm run adopt`. */
export type AdoptSettings = ReturnType<typeof complete>;

const table = {
  ...storeTable,
  yes: {
    placeholder: null,
    parse: yes,
    default: null,
    whenAbsent: "it asks",
    help: "adopts the store without asking",
    only: "flag",
  },
} as const;

export const adoptCommand: Command<typeof table, AdoptSettings> = {
  usage: "npm run adopt --",
  failure: "Not adopted",
  purpose:
    "Makes the nodes continue with a store that was wiped or restored from a backup (state lost; in Kubernetes StoreLost). Shows the consequences, then asks.",
  table,
  // People run it in a counter's container, whose environment has the node's variables.
  otherProgram: nodeCommand.table,
  checks: storeChecks,
  complete,
};

function complete(values: ValuesOf<typeof table>) {
  return { store: storeSettings(values), yes: values.yes ?? false };
}
