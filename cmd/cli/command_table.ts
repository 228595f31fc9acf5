import { certificatesCommand } from "../settings/certificates_settings.ts";
import type { Table } from "../settings/read/setting.ts";
import { COMMAND_FLAGS } from "./commands.ts";
import type { ListedCommand } from "./completion/listed_command.ts";
import { SHELLS } from "./completion/script.ts";
import { EXPORTS, LINK_CHANGES, OWNING_FLAGS } from "./owning_commands.ts";
import { TOKEN_FLAGS } from "./token_commands.ts";

/** The words that may follow a command. */
const NEXT: Readonly<Record<string, ListedCommand["next"]>> = { import: "file", export: EXPORTS, links: LINK_CHANGES };

/** All commands, with all their flags. */
export const ALL_COMMANDS: readonly ListedCommand[] = [
  ...Object.entries(COMMAND_FLAGS).map(([name, flags]) => listed([name], flags)),
  ...Object.entries(OWNING_FLAGS).map(([name, flags]) => ({ ...listed([name], flags), next: NEXT[name] ?? [] })),
  ...Object.entries(TOKEN_FLAGS).map(([name, flags]) => listed(["token", name], flags)),
  listed(["certificates"], certificatesCommand),
  {
    ...listed(["completion"], { purpose: "Writes what a shell needs to complete commands and flags.", table: {} }),
    next: SHELLS,
  },
];

function listed(words: readonly string[], { purpose, table }: { purpose: string; table: Table }): ListedCommand {
  return { words, purpose, table, next: [] };
}
