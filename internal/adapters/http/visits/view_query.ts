import { isSiteName, MAX_SITE_LENGTH, pageName } from "../../../core/visits/page_name.ts";
import { Problem } from "../problem.ts";
import { badQuery, quoted } from "../problems.ts";
import { readParameters } from "../query.ts";

/** A view of a page, as the script reports it. */
export interface View {
  readonly site: string;
  /** The page's counter. */
  readonly page: string;
  /** Whether it is the browser's first view of the site in 30 minutes. */
  readonly isVisit: boolean;
  /** Whether its visitor may be told apart from others. */
  readonly countsVisitor: boolean;
}

/** Reads the query of `POST /v1/visits`. Throws Problem. */
export function readView(query: string): View {
  const { site = "", path = "/", visit, visitors } = readParameters(query, "site", "path", "visit", "visitors");
  const name = site.toLowerCase();
  if (!isSiteName(name)) throw new Problem(badQuery(`site is ${quoted(site)}.`, SITE_RULE));
  if (!path.startsWith("/")) throw new Problem(badQuery(`path is ${quoted(path)}.`, "Begin it with a slash."));
  const isVisit = flag("visit", visit) ?? false;
  return { site: name, page: pageName(name, path), isVisit, countsVisitor: flag("visitors", visitors) ?? true };
}

function flag(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === "true" || text === "false")
    return text === undefined ? undefined : text === "true";
  throw new Problem(badQuery(`${name} is ${quoted(text)}.`, "Use true or false."));
}

const SITE_RULE = `Use the site's host name without a port, or another name of at most ${MAX_SITE_LENGTH} characters: a-z and 0-9, with . _ and - between them.`;
