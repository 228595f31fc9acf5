import type { ProblemFields } from "../problem.ts";
import { quoted } from "../problems.ts";

/** Problems of the admin page's forms. In each of them, nothing was done. */

const NOT_DONE = { members: { done: false } } as const;

export function foreignForm(origin: string): ProblemFields {
  return {
    ...NOT_DONE,
    status: 403,
    kind: "foreign-form",
    title: "Form of another page",
    detail: `${origin === "" ? "The browser does not say which page sent this form" : `A page of ${quoted(origin)} sent this form`}. Nothing was done.`,
    remedy: "Open the admin page itself, and send its form.",
  };
}

export function outdatedForm(): ProblemFields {
  return {
    ...NOT_DONE,
    status: 403,
    kind: "outdated-form",
    title: "Form too old",
    detail: "This form was sent to somebody else, or before the node was restarted. Nothing was done.",
    remedy: "Load the page again, and send its form.",
  };
}

export function badField(detail: string, remedy: string): ProblemFields {
  return { ...NOT_DONE, status: 400, kind: "bad-form", title: "Form not understood", detail, remedy };
}
