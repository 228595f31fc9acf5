import { defaultText } from "../../settings/read/help.ts";
import type { Setting } from "../../settings/read/setting.ts";
import { choicesOf, families, flagsIn, isPath, type ListedCommand, PROGRAM } from "./listed_command.ts";

/** Like the script for bash, with what each command and flag is for. */
export function zshScript(commands: readonly ListedCommand[]): string {
  return `#compdef ${PROGRAM}
# zsh completion for ${PROGRAM}. In ~/.zshrc, after compinit: eval "$(${PROGRAM} completion zsh)"
_global_cluster() {
  local -a commands
  local command=$words[2]
  if (( CURRENT == 2 )); then
    commands=(
${firstWords(commands)}
    )
    _describe command commands
    return
  fi
  case "$command" in
${secondWords(commands)}
  esac
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(flags).join("\n")}
  esac
}
compdef _global_cluster ${PROGRAM}
`;
}

function firstWords(commands: readonly ListedCommand[]): string {
  const alone = commands.filter(({ words }) => words.length === 1);
  const rows = [
    ...alone.map(({ words, purpose }) => [words[0] ?? "", purpose] as const),
    ...[...families(commands)].map(([parent, members]) => {
      return [parent, members.map(({ words }) => words[1]).join(", ")] as const;
    }),
  ];
  return rows.map(([name, purpose]) => `      ${quoted(`${name}:${purpose}`)}`).join("\n");
}

function secondWords(commands: readonly ListedCommand[]): string {
  const rows = [...families(commands)].map(([parent, members]) => {
    const names = members.map(({ words, purpose }) => quoted(`${words[1]}:${purpose}`));
    return `    ${parent})
      if (( CURRENT == 3 )); then
        commands=(${names.join(" ")})
        _describe command commands
        return
      fi
      command="${parent} $words[3]"
      shift words
      (( CURRENT-- )) ;;`;
  });
  return rows.join("\n");
}

function flags(command: ListedCommand): string {
  const { words, next } = command;
  const own = flagsIn(command).map(({ flag, setting }) => quoted(flagSpec(flag, setting)));
  const after =
    next === "file" ? ["'*:file:_files'"] : next.length > 0 ? [`'*:word:(${next.join(" ")})'`] : ["'*:name: '"];
  const all = [...own, "'--help[explains the command]'", "'--version[shows the version]'", ...after];
  return `    "${words.join(" ")}") _arguments ${all.join(" ")} ;;`;
}

/** `--flag[what it is for]:placeholder:values`, as `_arguments` takes it. */
function flagSpec(flag: string, setting: Setting): string {
  const { placeholder, help } = setting;
  const value = defaultText(setting);
  const text = `${help}${value === null ? "" : ` (default: ${value})`}`.replace(/[[\]:]/g, "\\$&");
  if (placeholder === null) return `${flag}[${text}]`;
  const choices = choicesOf(placeholder);
  const values = isPath(placeholder) ? "_files" : choices.length > 0 ? `(${choices.join(" ")})` : "";
  return `${flag}=[${text}]:${placeholder.replaceAll("|", " or ")}:${values}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
