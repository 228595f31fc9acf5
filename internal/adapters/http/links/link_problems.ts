import { DESTINATION_FORM } from "../../../core/links/destination.ts";
import type { ProblemFields } from "../problem.ts";
import { quoted } from "../problems.ts";

/** All problems of links, except those that every adjustment may have. */

const NOT_DONE = { members: { done: false } } as const;

export function badDestination(url: unknown): ProblemFields {
  return {
    ...NOT_DONE,
    status: 400,
    kind: "bad-destination",
    title: "No link may lead there",
    detail: `The url is ${typeof url === "string" ? quoted(url) : JSON.stringify(url)}.`,
    remedy: `Use ${DESTINATION_FORM}.`,
  };
}

export function noHitsThere(counter: string): ProblemFields {
  return {
    ...NOT_DONE,
    status: 400,
    kind: "bad-destination",
    title: "No link may count there",
    detail: `${quoted(counter)} counts the visitors of another counter, and a link counts hits.`,
    remedy: "Use another name.",
  };
}

export function unknownLink(counter: string): ProblemFields {
  return {
    status: 404,
    kind: "unknown-link",
    title: "No such link",
    detail: `No link leads from ${quoted(`/go/${counter}`)} to anywhere.`,
    remedy:
      "People with the right admin set where it leads: PUT /v1/links/{name}, or global-cluster links set NAME URL.",
  };
}

/** This node has heard no snapshot yet. */
export function linksNotKnown(): ProblemFields {
  return {
    status: 503,
    kind: "catching-up",
    title: "Links are not known yet",
    detail: "This node has just started, and has not heard yet where links lead.",
    remedy: "Send the request again in a few seconds, or to another node.",
    headers: { "Retry-After": "5" },
  };
}

/** Browsers drop what they loaded ahead if its status is none of success, and load it when the person comes. */
export function loadedAhead(): ProblemFields {
  return {
    status: 503,
    kind: "loaded-ahead",
    title: "Nobody has asked for this yet",
    detail: "The browser loads this address ahead, and only a person's visit is counted.",
    remedy: "Open the address.",
  };
}
