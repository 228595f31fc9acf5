interface FieldRule {
  /** The field's name in messages. */
  readonly label: string;
  readonly pattern: RegExp;
  /** What it must be, to follow "must be". */
  readonly wanted: string;
}

/** The fields that describe a member of a cluster; all are text. */
type MemberFields = Readonly<Record<"id" | "name" | "region" | "peerAddress" | "url", string>>;

/**
 * The form of each field of a member. Settings, discovery and peers all check against this one table. If one of them accepted what another
 * refuses, that member would be in every snapshot, and every node would refuse every snapshot.
 */
export const MEMBER_FIELDS: Readonly<Record<keyof MemberFields, FieldRule>> = {
  id: { label: "id", pattern: /^[A-Za-z0-9._-]{1,64}$/, wanted: "an id of 1 to 64 of a-z A-Z 0-9 . _ -" },
  name: { label: "name", pattern: /^[^\p{C}]{1,253}$/u, wanted: "1 to 253 printable characters" },
  region: {
    label: "region",
    pattern: /^[A-Za-z0-9._,:+/ -]{1,64}$/,
    wanted: "1 to 64 of a-z A-Z 0-9 . _ , : + / - and space",
  },
  peerAddress: {
    label: "peer address",
    pattern: /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/,
    wanted: "host:port",
  },
  url: {
    label: "url",
    pattern: /^https?:\/\/[!-~]{1,500}$/,
    wanted: "an http or https address of at most 500 characters, all of them ASCII",
  },
};

/** Whether `value` has the form of `field`. */
export function isMemberField(field: keyof MemberFields, value: string): boolean {
  return MEMBER_FIELDS[field].pattern.test(value);
}

/** Why peers would refuse this member, in words; null if they would not. */
export function flawOf(member: MemberFields): string | null {
  const fields = Object.keys(MEMBER_FIELDS) as (keyof MemberFields)[];
  const field = fields.find((field) => !isMemberField(field, member[field]));
  if (field === undefined) return null;
  const { label, wanted } = MEMBER_FIELDS[field];
  return `its ${label} must be ${wanted}, not ${JSON.stringify(member[field])?.slice(0, 80)}`;
}
