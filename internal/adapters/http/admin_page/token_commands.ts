import type { TokensHome } from "../../../ports/access.ts";

/** What a person wants to do with tokens. */
export type TokenChange =
  | {
      readonly action: "create";
      readonly name: string;
      readonly admin: boolean;
      readonly counters: readonly string[];
      /** A day, such as 2030-12-31; null: it stays valid. */
      readonly expires: string | null;
    }
  | { readonly action: "revoke"; readonly name: string };

/** The key of the Secret, and the file that a person changes for it. */
const SECRET_FILE = "tokens.json";

/** What a person runs in a shell to make this change. On Kubernetes, a Secret is changed by changing a copy. */
export function tokenCommands(change: TokenChange, { file, pod }: TokensHome): string {
  if (pod === null) return commandOf(change, file);
  const of = `kubectl -n ${quoted(pod.namespace)}`;
  return [
    `SECRET=$(${of} get pod ${quoted(pod.name)} -o jsonpath='{.spec.volumes[?(@.name=="tokens")].secret.secretName}')`,
    // The command refuses a file that others may write.
    `(umask 077; ${of} get secret "$SECRET" -o go-template='{{index .data "${SECRET_FILE}" | base64decode}}' > ${SECRET_FILE})`,
    commandOf(change, SECRET_FILE),
    `${of} create secret generic "$SECRET" --from-file=${SECRET_FILE} --dry-run=client -o yaml | ${of} apply -f -`,
    `rm ${SECRET_FILE}`,
  ].join("\n");
}

function commandOf(change: TokenChange, file: string): string {
  const command = `global-cluster token ${change.action} ${quoted(change.name)}`;
  const options = change.action === "create" ? optionsOf(change) : [];
  return [command, ...options, `--tokens ${quoted(file)}`].join(" ");
}

function optionsOf({ admin, counters, expires }: Extract<TokenChange, { action: "create" }>): string[] {
  return [
    `--counters ${quoted(counters.join(","))}`,
    ...(admin ? ["--admin"] : []),
    ...(expires === null ? [] : [`--expires ${expires}`]),
  ];
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
