/** One name: its type, a colon, and a value that is quoted as JSON if it has unusual characters. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * The URI names in a certificate's subject alternative names, in the text form that Node gives them: `DNS:a, URI:spiffe://b/c`.
 * A text that does not have this form has none: a name inside a quoted value must not pass for one
 * (https://nodejs.org/en/blog/vulnerability/jan-2022-security-releases, CVE-2021-44532).
 */
export function uriNamesIn(text: string): string[] {
  const uris: string[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < text.length) {
    const [, type, value] = NAME.exec(text) ?? [];
    if (type === undefined || value === undefined) return [];
    if (type === "URI") uris.push(unquoted(value));
  }
  return uris;
}

function unquoted(value: string): string {
  try {
    return value.startsWith('"') ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}
