import {
  isDaySecret,
  type MarkLedger,
  type MarkOffers,
  type MarkVerdicts,
  type OfferedMark,
} from "../../core/marks/mark.ts";
import { isPeriod, type Period } from "../../core/marks/period.ts";
import { counterName, id, refuse, region, source, whole } from "./checks.ts";
import { sourceBytes } from "./log_messages.ts";

export interface MarkOffersMessage {
  readonly life: Uint8Array;
  readonly ledger: string;
  readonly region: string;
  readonly marks: readonly OfferedMark[];
}

export interface MarkVerdictsMessage {
  readonly life: Uint8Array;
  readonly through: number;
  readonly refused: readonly number[];
}

export interface MarkLedgerMessage {
  readonly secrets: readonly { readonly day: string; readonly secret: Uint8Array }[];
}

export function fromMarkOffers({ life, ...offers }: MarkOffers): MarkOffersMessage {
  return { ...offers, life: sourceBytes(life) };
}

export function toMarkOffers(message: MarkOffersMessage): MarkOffers {
  const { life, ledger, region: name, marks } = message;
  return { life: source(life), ledger: id(ledger, "ledger"), region: region(name), marks: marks.map(toMark) };
}

export function fromMarkVerdicts({ life, through, refused }: MarkVerdicts): MarkVerdictsMessage {
  return { life: sourceBytes(life), through, refused };
}

export function toMarkVerdicts({ life, through, refused }: MarkVerdictsMessage): MarkVerdicts {
  const numbers = refused.map((number) => whole(number, "number of a mark"));
  return { life: source(life), through: whole(through, "number of a mark"), refused: numbers };
}

export function fromMarkLedger({ secrets }: MarkLedger): MarkLedgerMessage {
  return { secrets: Array.from(secrets, ([day, secret]) => ({ day, secret: Buffer.from(secret, "hex") })) };
}

export function toMarkLedger({ secrets }: MarkLedgerMessage): MarkLedger {
  return { secrets: new Map(secrets.map(({ day, secret }) => [period(day), toSecret(secret)])) };
}

function toMark({ number, counter, period: of, high, low }: OfferedMark): OfferedMark {
  return { number: whole(number, "number of a mark"), counter: counterName(counter), period: period(of), high, low };
}

function period(text: string): Period {
  return isPeriod(text) ? text : refuse("period", text, "a day or an hour");
}

/** The error does not quote it. */
function toSecret(bytes: Uint8Array): string {
  const secret = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return isDaySecret(secret) ? secret : refuse("secret of a day", `${bytes.length} bytes`, "16 bytes");
}
