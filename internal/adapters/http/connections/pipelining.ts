import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "../body.ts";

/** Requests of one connection that are handled at the same time. Browsers send one at a time. */
const MAX_PER_CONNECTION = 32;
/** Requests of all connections that stand behind another one on theirs. Each takes about 3 kB until it is answered. */
const MAX_BEHIND = 4_096;
const RESET_MS = 1_000;

/** What a connection has not answered yet, since a slow request came. */
interface Lane {
  readonly socket: Socket;
  /** Responses to requests that are being handled. */
  readonly open: Set<ServerResponse>;
  /** Requests that came in the same read as earlier ones, in order. */
  readonly waiting: Request[];
  /** The last request, if it has a body. */
  newestWithBody: IncomingMessage | null;
  /** A request whose body may stay unread, and whose response then closes the connection. */
  undecided: IncomingMessage | null;
  /** The connection closes with a response that is on its way. */
  closing: boolean;
  paused: boolean;
  /** How many of these requests are in the sum over all lanes. */
  behind: number;
  /** It was reset because there were too many requests behind others. */
  reset: boolean;
  /** Listens to the end of each open response. A thousand of them may wait, so they share it. */
  readonly closed: (this: ServerResponse) => void;
}

interface Request {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/**
 * Bounds what clients may leave unanswered by sending requests before they have the responses to earlier ones.
 *
 * - P1 A connection is not read while it has MAX_PER_CONNECTION requests that are handled, or one that waits.
 * - P2 A request is not handled if the response to an earlier one closes the connection (RFC 9112, section 9.6). Its hits would be counted and never
 *   acknowledged.
 * - P3 At most MAX_BEHIND requests stand behind others. The connection that would bring more is reset, and its requests count for RESET_MS more: to read and
 *   abort them took time, and the next connection could bring as many at once.
 *
 * Requests that are answered at the end of their turn of the event loop cost nothing here, unless a slow one or MAX_PER_CONNECTION others stand before them.
 */
export class Pipelining {
  readonly #lanes = new WeakMap<Socket, Lane>();
  readonly #handle: RequestListener;
  /** Sum over all lanes. */
  #behind = 0;
  /** Requests in a row that stood behind others of their connection. One read may bring a thousand, and others must not wait for all of them. */
  #inRow = 0;

  constructor(handle: RequestListener) {
    this.#handle = handle;
  }

  /** Handles a request: now, later, or never. */
  take(req: IncomingMessage, res: ServerResponse): void {
    if (req.socket.writableEnded) return;
    // A response has no socket while another one is before it.
    const isBehind = res.socket === null;
    this.#inRow = isBehind ? this.#inRow + 1 : 0;
    const lane = isBehind ? this.#lanes.get(req.socket) : undefined;
    if (lane !== undefined) return this.#follow(lane, { req, res });
    if (this.#inRow >= MAX_PER_CONNECTION) this.slow(req, res);
    this.#handle(req, res);
  }

  /** Call before a request is handled that may not be answered in this turn of the event loop. */
  slow(req: IncomingMessage, res: ServerResponse): void {
    const lane = this.#laneOf(req.socket);
    this.#open(lane, res);
    if (hasBody(req)) this.#awaitBody(lane, req);
    this.#update(lane);
  }

  /** Call when the response to a request closes its connection. */
  close({ socket }: IncomingMessage): void {
    this.#laneOf(socket).closing = true;
  }

  #laneOf(socket: Socket): Lane {
    const known = this.#lanes.get(socket);
    if (known !== undefined) return known;
    const closed = this.#closed.bind(this);
    const lane: Lane = {
      ...{ socket, open: new Set<ServerResponse>(), waiting: [], newestWithBody: null, undecided: null },
      ...{ closing: false, paused: false, behind: 0, reset: false },
      closed(this: ServerResponse) {
        closed(lane, this);
      },
    };
    this.#lanes.set(socket, lane);
    // Node resumes a socket after each response, and for each body.
    socket.on("resume", () => lane.paused && socket.pause());
    // Responses behind another one get no event when their connection closes.
    socket.once("close", () => this.#forget(lane));
    return lane;
  }

  #follow(lane: Lane, request: Request): void {
    if (this.#behind >= MAX_BEHIND) return this.#reset(lane);
    if (lane.closing) return stopParsing(lane.socket);
    lane.newestWithBody = hasBody(request.req) ? request.req : null;
    if (isFull(lane) || lane.waiting.length > 0) lane.waiting.push(request);
    else this.#run(lane, request);
    this.#update(lane);
  }

  #reset(lane: Lane): void {
    lane.reset = true;
    lane.socket.destroy();
    stopParsing(lane.socket);
  }

  #run(lane: Lane, { req, res }: Request): void {
    this.#open(lane, res);
    this.#handle(req, res);
  }

  #open(lane: Lane, res: ServerResponse): void {
    if (lane.open.has(res)) return;
    lane.open.add(res);
    res.on("close", lane.closed);
  }

  #closed(lane: Lane, res: ServerResponse): void {
    lane.open.delete(res);
    if (!res.shouldKeepAlive) lane.closing = true;
    if (res.req === lane.undecided) lane.undecided = null;
    this.#advance(lane);
  }

  #awaitBody(lane: Lane, req: IncomingMessage): void {
    lane.newestWithBody = req;
    lane.undecided = req;
    req.once("end", () => {
      if (lane.undecided === req) lane.undecided = null;
      this.#advance(lane);
    });
  }

  /** Handles what no longer has to wait. */
  #advance(lane: Lane): void {
    if (lane.closing) lane.waiting.length = 0;
    while (lane.waiting.length > 0 && !isFull(lane)) this.#run(lane, lane.waiting.shift() as Request);
    this.#update(lane);
  }

  #update(lane: Lane): void {
    if (lane.reset) return;
    this.#count(lane, Math.max(0, lane.open.size + lane.waiting.length - 1));
    const pauses = mustPause(lane);
    if (pauses === lane.paused) return;
    lane.paused = pauses;
    if (pauses) lane.socket.pause();
    else lane.socket.resume();
  }

  #count(lane: Lane, behind: number): void {
    this.#behind += behind - lane.behind;
    lane.behind = behind;
  }

  #forget(lane: Lane): void {
    lane.closing = true;
    lane.waiting.length = 0;
    lane.open.clear();
    if (lane.reset) setTimeout(() => this.#count(lane, 0), RESET_MS).unref();
    else this.#count(lane, 0);
  }
}

function isFull({ open, undecided }: Lane): boolean {
  return open.size >= MAX_PER_CONNECTION || undecided !== null;
}

/** A body that is on its way must be read, otherwise its request never ends. It is bounded by itself. */
function mustPause(lane: Lane): boolean {
  const bodyIsComing = lane.newestWithBody !== null && !lane.newestWithBody.complete;
  if (bodyIsComing || lane.open.size === 0) return false;
  return lane.open.size >= MAX_PER_CONNECTION || lane.waiting.length > 0 || lane.closing;
}

/** What Node's parser is told by `onIncoming` if what follows is not HTTP any more. It then drops the rest of what was read. */
const NO_MORE_REQUESTS = 2;

/** One read may contain a thousand requests, and each would take memory. Node has no public way to stop in the middle. */
function stopParsing(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, "parser");
  if (typeof parser === "object" && parser !== null) Reflect.set(parser, "onIncoming", () => NO_MORE_REQUESTS);
}
