import { MAX_MESSAGE_BYTES } from "./peer_connection.ts";

/** Limit for a peer that reads slowly: many rounds, and small enough for a leader of a thousand nodes. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Sends messages and limits the bytes that wait to be sent. */
export class BoundedWriter<Message> {
  readonly #send: (message: Message, sent: () => void) => void;
  #waiting = 0;

  /** `send` calls `sent` once the message waits no more. */
  constructor(send: (message: Message, sent: () => void) => void) {
    this.#send = send;
  }

  /** `bytes`: the length of the message. Returns why the stream must end; null if the message was sent. */
  write(message: Message, bytes: number): string | null {
    if (bytes > MAX_MESSAGE_BYTES) return `a message of ${bytes} bytes is over the limit of ${MAX_MESSAGE_BYTES}`;
    if (this.#waiting > MAX_WAITING_BYTES) return `the peer reads too slowly: ${this.#waiting} bytes are waiting`;
    this.#waiting += bytes;
    this.#send(message, () => {
      this.#waiting -= bytes;
    });
    return null;
  }
}
