/** Characters of a condition's message that a process's words may take: a few mistakes fit, and `kubectl describe` stays readable. */
const LONGEST = 500;

/** What says nothing to a reader of a condition: stack frames, what Node prints below them, and the hint that helps in a terminal. */
const NOISE = /^(\s+at .*|Node\.js v.*|Try: .*)$/;
/** The line in which a Go program, such as etcd, says why it ends. Stacks of many lines follow. */
const GO_PANIC = /^(panic|fatal error): /;

/**
 * Why a process failed, in one line, from the end of its log. Kubernetes puts that into the container's status (termination message policy
 * FallbackToLogsOnError: at most 2048 bytes or 80 lines, so the first line may be cut). Lines may be plain text or JSON with `event` (ours)
 * or `msg` (etcd). Null if nothing in there is a reason.
 */
export function lastWords(log: string): string | null {
  const lines = log.trimEnd().split("\n");
  const panic = lines.find((line) => GO_PANIC.test(line));
  if (panic !== undefined) return shortened(panic);
  const plain = lines.slice(lines.findLastIndex(isJson) + 1);
  const words = plain.length > 0 ? lastParagraph(plain) : loggedError(lines.at(-1) ?? "");
  return words === null ? null : shortened(words);
}

function isJson(line: string): boolean {
  return line.endsWith("}") && line.includes('":');
}

/** Node prints the failing line of code before the error, and an empty line between them. */
function lastParagraph(lines: readonly string[]): string | null {
  const said = lines.filter((line) => !NOISE.test(line));
  while (said.at(-1)?.trim() === "") said.pop();
  const paragraph = said.slice(said.findLastIndex((line) => line.trim() === "") + 1).map((line) => line.trim());
  return paragraph.length === 0 ? null : paragraph.join(" | ").replace(": | ", ": ").replace(/:$/, "");
}

/** A line that only informs says nothing about the end: the process was killed. */
function loggedError(line: string): string | null {
  try {
    const { level, event, msg = event, error } = JSON.parse(line);
    if (typeof msg !== "string" || level === "info" || level === "debug") return null;
    return typeof error === "string" ? `${msg}: ${error}` : msg;
  } catch {
    return null;
  }
}

function shortened(words: string): string {
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST - 1)}…`;
}
