import type { ServerResponse } from "node:http";

/** The header that differs. Its name is in no other header of these responses. */
const LENGTH = "Content-Length: ";
/** Where the other header's value is, from the end of the list: the name and value of the length are behind it. */
const VALUE_FROM_END = 3;

/**
 * Writes the status line and headers of responses that differ only in their length, and perhaps in one more header. node:http checks and
 * joins all headers of each response, which is a tenth of a hit's time. So it does that once a second (`Date` changes then), and the next
 * responses have the same text.
 *
 * Node has no public way to do so. Its text is in the field `_header`: if there is none, each response is written as usual.
 */
export class ReusedHead {
  readonly #headers: string[];
  /** What stands between the other header's value and the length; empty without one. */
  readonly #between: string;
  #second = -1;
  #before = "";
  #after = "";

  /** Names and values alternate. Without `Content-Length`. `other`: the name of a header whose value comes with each response. */
  constructor(headers: readonly string[], other: string | null = null) {
    this.#headers = [...headers, ...(other === null ? [] : [other, ""]), "Content-Length", ""];
    this.#between = other === null ? "" : `\r\n${LENGTH}`;
  }

  /**
   * Ends a response with status 200 and `body`, which has one byte per character. Headers that koa has set on `res` are sent, too. `value`: of
   * the other header. It must be free of line breaks: nothing checks it.
   */
  end(res: ServerResponse, body: string, value = ""): void {
    if (!isPlain(res)) this.#writeAsUsual(res, body.length, value);
    else if (Math.floor(Date.now() / 1_000) === this.#second) this.#reuse(res, body.length, value);
    else this.#renew(res, body.length, value);
    res.end(body, "latin1");
  }

  #reuse(res: WithHead, length: number, value: string): void {
    res._header = this.#before + value + this.#between + length + this.#after;
  }

  #renew(res: WithHead, length: number, value: string): void {
    const second = Math.floor(Date.now() / 1_000);
    this.#writeAsUsual(res, length, value);
    const head = res._header;
    if (typeof head !== "string") return;
    const at = head.indexOf(LENGTH) + LENGTH.length;
    this.#before = head.slice(0, at - this.#between.length - value.length);
    this.#after = head.slice(head.indexOf("\r", at));
    this.#second = second;
  }

  #writeAsUsual(res: ServerResponse, length: number, value: string): void {
    // writeHead copies the array into text before it returns, so one array can serve all responses.
    this.#headers[this.#headers.length - 1] = String(length);
    if (this.#between !== "") this.#headers[this.#headers.length - VALUE_FROM_END] = value;
    res.writeHead(200, this.#headers);
  }
}

type WithHead = ServerResponse & { _header?: string | null };

/** Whether all such responses have the same head. It also says whether the connection stays open. Responses of koa have headers of their own. */
function isPlain(res: ServerResponse): boolean {
  return res.shouldKeepAlive && res.req.httpVersionMinor === 1 && res.getHeaderNames().length === 0;
}
