import type { ServerResponse } from "node:http";
import type { Counting } from "../../../ports/counting.ts";
import { IMAGE_HEADERS, PROBLEM_IMAGE_STATUS, problemHeader } from "../badge/image_headers.ts";
import { CountedResponse, imageCounterBetween, type ResponseTo, type ShowProblem } from "../counted_response.ts";
import type { Origins } from "../origins.ts";
import { ReusedHead } from "../reused_head.ts";

/** A transparent pixel in the smallest GIF that every browser takes: 43 bytes, one per character. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64").toString("latin1");

const PIXEL_HEADERS = ["Content-Type", "image/gif", ...IMAGE_HEADERS];

export interface Pixel {
  /** The response to a counter's hits. */
  of(counter: string): CountedResponse;
  /** Responds without counting. */
  show(res: ServerResponse): void;
  /** Responds with the same pixel, and says in a header why nothing was counted. */
  readonly showProblem: ShowProblem;
}

export function createPixel(deps: { counting: Counting; origins: Origins }): Pixel {
  const headers = [...PIXEL_HEADERS, "Content-Length", String(GIF.length)];
  const head = new ReusedHead([...PIXEL_HEADERS, ...deps.origins.always]);
  const show = (res: ServerResponse) => head.end(res, GIF);
  const showProblem: ShowProblem = (res, fields) =>
    void res.writeHead(PROBLEM_IMAGE_STATUS, [...headers, ...problemHeader(fields)]).end(GIF, "latin1");
  return { of: (counter) => new CountedResponse(deps, counter, show, showProblem), show, showProblem };
}

/** Responses to `GET /pixel/{name}.gif`, with any query. */
export function pixelResponses(pixel: Pixel): ResponseTo {
  return (url) => {
    const counter = imageCounterBetween("/pixel/", ".gif", url);
    return counter === undefined ? undefined : pixel.of(counter);
  };
}
