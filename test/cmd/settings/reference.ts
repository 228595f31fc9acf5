import { COMMAND_FLAGS } from "../../../cmd/cli/commands.ts";
import { TOKEN_FLAGS } from "../../../cmd/cli/token_commands.ts";
import { adoptCommand } from "../../../cmd/settings/adopt_settings.ts";
import { certificatesCommand } from "../../../cmd/settings/certificates_settings.ts";
import { checkCommand } from "../../../cmd/settings/check_settings.ts";
import { clusterCommand } from "../../../cmd/settings/cluster_settings.ts";
import { definitionCommand } from "../../../cmd/settings/definition_settings.ts";
import { etcdMemberCommand } from "../../../cmd/settings/etcd_member_settings.ts";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { operatorCommand } from "../../../cmd/settings/operator_settings.ts";
import { defaultText, namesOf } from "../../../cmd/settings/read/help.ts";
import type { Table } from "../../../cmd/settings/read/setting.ts";

/** The parts of a command that its documentation needs. */
interface Documented {
  readonly usage: string;
  readonly purpose: string;
  readonly table: Table;
  readonly prefix?: string;
}

/** By file in `cmd/`. A program that is not listed here has no settings. */
export const PROGRAMS: Readonly<Record<string, readonly Documented[]>> = {
  "cluster.ts": [clusterCommand],
  "node.ts": [nodeCommand],
  "cli.ts": [...Object.values(COMMAND_FLAGS), ...Object.values(TOKEN_FLAGS)],
  "certificates.ts": [certificatesCommand],
  "adopt.ts": [adoptCommand],
  "operator.ts": [operatorCommand(null)],
  "etcd_member.ts": [etcdMemberCommand],
  "apply_definition.ts": [definitionCommand],
  "check_counting.ts": [checkCommand],
};

/** docs/settings.md: the same as `--help` of all programs. */
export function reference(): string {
  return [
    "# Settings",
    "All programs and their settings. `npm run docs` makes this file from the tables in [cmd/settings](../cmd/settings) " +
      "and [cmd/cli](../cmd/cli); `--help` of each program shows the same.",
    "A setting is a flag (`--port 4003` or `--port=4003`) or an environment variable. Flags win over variables, and an empty variable " +
      "counts as not set. With npm, flags come after `--`. A program checks all settings when it starts. If one is wrong, it writes all " +
      "errors to standard error and ends with exit code 2.",
    "In Kubernetes, the operator sets the variables of nodes and stores from a [CounterCluster](countercluster.md).",
    ...Object.values(PROGRAMS).flat().flatMap(section),
    "",
  ].join("\n\n");
}

function section({ usage, purpose, table, prefix }: Documented): string[] {
  const columns = ["Flag", "Variable", "Default", "Meaning"];
  const hasVariables = Object.values(table).some(({ only }) => only !== "flag");
  const shown = columns.filter((column) => hasVariables || column !== "Variable");
  const rows = Object.entries(table).map(([key, setting]) => {
    const { flag, variable } = namesOf(key, setting, prefix);
    const cells: Readonly<Record<string, string>> = {
      Flag: code(flag),
      Variable: code(variable),
      Default: setting.default === null ? (defaultText(setting) ?? "") : code(setting.default),
      Meaning: setting.help,
    };
    return row(shown.map((column) => cells[column] ?? ""));
  });
  const lines = [row(shown), `|${"---|".repeat(shown.length)}`, ...rows];
  return [`## ${usage.replace(/ --$/, "")}`, purpose.replaceAll("\n", "\n\n"), lines.join("\n")];
}

function code(text: string | null): string {
  return text === null ? "" : `\`${text}\``;
}

/** Outside of code, `<` would begin an HTML element. */
function row(cells: readonly string[]): string {
  const escaped = cells.map((cell) => {
    const pipes = cell.replaceAll("|", "\\|");
    return pipes.startsWith("`") ? pipes : pipes.replaceAll("<", "\\<").replaceAll("*", "\\*");
  });
  return `| ${escaped.join(" | ")} |`;
}
