import type { ServerResponse } from "node:http";

/** The header that differs. Its name is in no other header of these responses. */
const LENGTH = "Content-Length: ";

/**
 * Writes the status line and headers of responses that differ only in their length. node:http checks and joins all headers of each
 * response, which is a tenth of a hit's time. So it does that once a second (`Date` changes then), and the next responses have the same
 * text.
 *
 * Node has no public way to do so. Its text is in the field `_header`: if there is none, each response is written as usual.
 */
export class ReusedHead {
  readonly #headers: string[];
  #second = -1;
  #before = "";
  #after = "";

  /** Names and values alternate. Without `Content-Length`. */
  constructor(headers: readonly string[]) {
    this.#headers = [...headers, "Content-Length", ""];
  }

  /** Ends a response with status 200 and `body`, which has one byte per character. Headers that koa has set on `res` are sent, too. */
  end(res: ServerResponse, body: string): void {
    if (!isPlain(res)) this.#writeAsUsual(res, body.length);
    else if (Math.floor(Date.now() / 1_000) === this.#second) this.#reuse(res, body.length);
    else this.#renew(res, body.length);
    res.end(body, "latin1");
  }

  #reuse(res: WithHead, length: number): void {
    res._header = this.#before + length + this.#after;
  }

  #renew(res: WithHead, length: number): void {
    const second = Math.floor(Date.now() / 1_000);
    this.#writeAsUsual(res, length);
    const head = res._header;
    if (typeof head !== "string") return;
    const at = head.indexOf(LENGTH) + LENGTH.length;
    this.#before = head.slice(0, at);
    this.#after = head.slice(head.indexOf("\r", at));
    this.#second = second;
  }

  #writeAsUsual(res: ServerResponse, length: number): void {
    // writeHead copies the array into text before it returns, so one array can serve all responses.
    this.#headers[this.#headers.length - 1] = String(length);
    res.writeHead(200, this.#headers);
  }
}

type WithHead = ServerResponse & { _header?: string | null };

/** Whether all such responses have the same head. It also says whether the connection stays open. Responses of koa have headers of their own. */
function isPlain(res: ServerResponse): boolean {
  return res.shouldKeepAlive && res.req.httpVersionMinor === 1 && res.getHeaderNames().length === 0;
}
