import { choicesOf, families, flagsIn, isPath, type ListedCommand, PROGRAM } from "./listed_command.ts";

/** Flags of every command. */
const COMMON = ["--help", "--version"];

/**
 * Completes from what stands before the cursor alone, without asking a server. It needs no other script: `bash-completion` is not everywhere.
 */
export function bashScript(commands: readonly ListedCommand[]): string {
  const first = [...new Set(commands.map(({ words }) => words[0] ?? ""))];
  return `# bash completion for ${PROGRAM}. In ~/.bashrc: eval "$(${PROGRAM} completion bash)"
_global_cluster() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= skip= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=; continue; fi
    case "$word" in
      ${valuedFlags(commands).join("|")}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "$command" in
${subcommands(commands)}
      '') command=$word ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap(flagValues).join("\n")}
  esac
  case "$command" in
${commands.map(wordsOf).join("\n")}
${parents(commands)}
    '') words=${quoted([...first, ...COMMON])} ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _global_cluster ${PROGRAM}
`;
}

function valuedFlags(commands: readonly ListedCommand[]): string[] {
  const flags = commands.flatMap(flagsIn).filter(({ setting }) => setting.placeholder !== null);
  return [...new Set(flags.map(({ flag }) => flag))];
}

/** The word after `token` names one of its commands. */
function subcommands(commands: readonly ListedCommand[]): string {
  const rows = [...families(commands)].map(([parent, members]) => {
    const names = members.map(({ words }) => words[1]).join("|");
    return `      ${parent}) case "$word" in ${names}) command="${parent} $word" ;; esac ;;`;
  });
  return rows.join("\n");
}

function parents(commands: readonly ListedCommand[]): string {
  const rows = [...families(commands)].map(([parent, members]) => {
    const names = members.map(({ words }) => words[1] ?? "");
    return `    ${parent}) words=${quoted([...names, ...COMMON])} ;;`;
  });
  return rows.join("\n");
}

/** What follows a flag that takes a value: paths, one of its words, or nothing that a shell could know. */
function flagValues(command: ListedCommand): string[] {
  return flagsIn(command).flatMap(({ flag, setting: { placeholder } }) => {
    if (placeholder === null) return [];
    const of = `    ${quoted([...command.words, flag])})`;
    if (isPath(placeholder)) return [`${of} ${PATHS} return ;;`];
    const values = choicesOf(placeholder);
    return [
      `${of}${values.length === 0 ? "" : ` COMPREPLY=($(compgen -W ${quoted(values)} -- "$current"));`} return ;;`,
    ];
  });
}

/** A path with spaces is one completion. */
const PATHS = `mapfile -t COMPREPLY < <(compgen -f -- "$current");`;

function wordsOf(command: ListedCommand): string {
  const { words, next } = command;
  const flags = [...flagsIn(command).map(({ flag }) => flag), ...COMMON];
  const row = `    ${quoted(words)}) words=${quoted(next === "file" ? flags : [...next, ...flags])}`;
  return next === "file" ? `${row}; case "$current" in -*) ;; *) ${PATHS} return ;; esac ;;` : `${row} ;;`;
}

function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}
