import type { ServerResponse } from "node:http";
import type { Counting } from "../../../ports/counting.ts";
import { IMAGE_HEADERS } from "../badge/image_headers.ts";
import { CountedResponse, counterBetween, type ResponseTo } from "../counted_response.ts";
import type { Origins } from "../origins.ts";

/** One transparent pixel, as small as a GIF that every browser takes can be: 43 bytes, one a character. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64").toString("latin1");

export interface Pixel {
  /** The answer to a counter's hits. */
  of(counter: string): CountedResponse;
  /** Answers without counting. */
  show(res: ServerResponse): void;
}

export function createPixel(parts: { counting: Counting; origins: Origins }): Pixel {
  const headers = ["Content-Type", "image/gif", ...IMAGE_HEADERS, ...parts.origins.always];
  headers.push("Content-Length", String(GIF.length));
  const show = (res: ServerResponse) => void res.writeHead(200, headers).end(GIF, "latin1");
  return { of: (counter) => new CountedResponse(parts, counter, show), show };
}

/** Answers to `GET /pixel/{name}.gif`. */
export function pixelResponses(pixel: Pixel): ResponseTo {
  return (url) => {
    const counter = counterBetween("/pixel/", ".gif", url);
    return counter === undefined ? undefined : pixel.of(counter);
  };
}
