import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import { hitName } from "./hit_names.ts";
import { FORGOTTEN_HOUR, MIDNIGHT, type VisitTimes } from "./visitors.ts";

/** What may still befall a cluster, each so many times. */
export interface Budget {
  /** Changes of leader: the former one goes on, not knowing. */
  readonly elections: number;
  /** Commits of which the leader hears nothing: they applied, apply later, or never. */
  readonly unknownCommits: number;
  /** kill -9. */
  readonly kills: number;
  readonly powerLosses: number;
  /** SIGTERM: to node A, or, if there are more than one, to any. */
  readonly drains: number;
  /** Times that a leader waits an hour: sources that were not heard are ended, and those that ended earlier are forgotten. */
  readonly hours: number;
  /** Journal writes that fall short. */
  readonly shortWrites: number;
  /** Backups of the store. The last one counts. */
  readonly backups: number;
  /** The store is put back to its backup: with the leader key and its lease, or with a new leader that reads it. */
  readonly restores: number;
  /** The store is emptied, and a new leader reads it. */
  readonly wipes: number;
  /** Nodes that are cut off until they are reached again. Leaders know nothing of such a node. */
  readonly cuts: number;
  /** Deadlines of requests with a key that pass, and those of adjustments. */
  readonly deadlines: number;
  /** Requests for adjustments. */
  readonly asks: number;
  /** Copies of node A's disk. Node A may start on it when it is down or has left, and so may a node that never ran. */
  readonly diskCopies: number;
}

/** How much may happen in one exploration. What is not bounded here (answers, snapshots, restarts, takings, adoptions) may happen any number of times. */
export interface Scope extends Budget {
  readonly name: string;
  /** In a few words, for people. */
  readonly about: string;
  /** Hits that arrive at each node. Its length is the number of nodes. */
  readonly hits: readonly number[];
  /** Of these, hits that were counted and shown before the exploration begins, at most one of each node. */
  readonly counted: readonly number[];
  /** What happens after that, before the exploration begins: moves by the beginning of their labels. */
  readonly begins: readonly string[];
  /** Ended sources that are remembered for longer than an hour. */
  readonly remembered: number;
  /** Whether a hit's arrival and the end of its event-loop turn are steps of their own. */
  readonly turns: boolean;
  /** Whether answers to earlier rounds and snapshots older than the page stay around, to be delivered all the same. */
  readonly strays: boolean;
  /** Whether the last node runs only on a copy of node A's disk. */
  readonly clone: boolean;
  /** Requests with the one key that arrive at each node. Empty: none. In such a scope, an hour is the end of the key's time, too. */
  readonly keyed: readonly number[];
  /** Visits of the one visitor to each node, each in one of two periods. In such a scope, an hour is later by leaders' clocks, too. */
  readonly visits: readonly number[];
  readonly visitTimes: VisitTimes;
  /** Adjustments that leaders may be asked for, each with a key of its own. */
  readonly adjust: readonly AdjustmentChange[];
  /** Entries of the audit that the ledger keeps. */
  readonly auditEntries: number;
}

const NOTHING_HAPPENS: Budget = {
  elections: 0,
  unknownCommits: 0,
  kills: 0,
  powerLosses: 0,
  drains: 0,
  hours: 0,
  shortWrites: 0,
  backups: 0,
  restores: 0,
  wipes: 0,
  cuts: 0,
  deadlines: 0,
  asks: 0,
  diskCopies: 0,
};

const NOTHING = {
  ...NOTHING_HAPPENS,
  remembered: 0,
  turns: false,
  strays: false,
  clone: false,
  keyed: [],
  visits: [],
  visitTimes: MIDNIGHT,
  adjust: [],
  auditEntries: 10_000,
  counted: [],
  begins: [],
};
const RESTORE = { ...NOTHING, backups: 1, restores: 1 };
/** Much has happened before, so that more of what follows can be walked through. */
const BACKED_UP = { ...RESTORE, begins: ["a backup of the store is made"] };
const COPY = { ...NOTHING, diskCopies: 1 };

/** One key, sent twice. */
const KEYED = { ...NOTHING, hits: [0], keyed: [2] };

/** The day that ends has its secret. */
const MARKS = { ...NOTHING, hits: [1], counted: [1], visits: [2] };

/** One of two hours is forgotten. */
const FORGOTTEN_MARKS = { ...MARKS, visitTimes: FORGOTTEN_HOUR, hours: 1, elections: 1 };

const REGION = null;
/** Of the first hit of node A. */
const DELETE: AdjustmentChange = { action: "delete", counter: hitName(0, 0), ifMatch: null };
const RESET: AdjustmentChange = { action: "set", counter: hitName(0, 0), value: 0n, region: REGION, ifMatch: null };
/** Of a counter that no hit has. */
const IMPORTED = hitName(0, 2);
const IMPORT: AdjustmentChange = {
  action: "import",
  mode: "add",
  line: 1,
  lines: [{ counter: IMPORTED, value: 1n, region: REGION }],
};
/** A counter is deleted beside its hit. */
const ADJUST = { ...NOTHING, hits: [1], adjust: [DELETE], asks: 2 };
const IMPORTS = { ...NOTHING, hits: [0], adjust: [IMPORT], asks: 2 };

/** Small ones first: those that are exhausted in a moment leave their time to the others. */
export const SCOPES: readonly Scope[] = [
  { ...RESTORE, name: "restore", about: "the store is backed up, restored and adopted at any time", hits: [1] },
  { ...NOTHING, name: "wipe", about: "the store is wiped at any time", hits: [2], counted: [0], wipes: 1 },
  {
    ...NOTHING,
    name: "wipe-late",
    about: "the store is wiped, its revisions begin anew, and an earlier transaction arrives",
    hits: [3],
    counted: [1],
    wipes: 1,
    unknownCommits: 1,
  },
  { ...KEYED, name: "keyed", about: "one key is sent to two nodes", keyed: [1, 1] },
  {
    ...KEYED,
    name: "keyed-unknown",
    about: "one key is sent twice, at a commit of unknown outcome",
    unknownCommits: 1,
  },
  { ...KEYED, name: "keyed-zombie", about: "one key is sent twice, under two leaders", elections: 1 },
  {
    ...KEYED,
    name: "keyed-deadline",
    about: "one key is sent twice, and deadlines pass",
    deadlines: 1,
    unknownCommits: 1,
  },
  { ...KEYED, name: "keyed-forgetting", about: "one key is sent twice, and forgotten", hits: [1], hours: 1 },
  {
    ...KEYED,
    name: "keyed-forgetting-zombie",
    about: "the same under two leaders, at a commit of unknown outcome",
    hours: 1,
    elections: 1,
    unknownCommits: 1,
  },
  { ...KEYED, name: "keyed-kill", about: "one key is sent twice, and its node crashes", kills: 1, unknownCommits: 1 },
  { ...ADJUST, name: "delete", about: "a counter is deleted twice beside its hit" },
  { ...ADJUST, name: "delete-unknown", about: "the same at a commit of unknown outcome", unknownCommits: 1 },
  { ...ADJUST, name: "delete-kill", about: "a counter is deleted, and the node of its hit crashes", asks: 1, kills: 1 },
  { ...ADJUST, name: "delete-zombie", about: "a counter is deleted under two leaders", asks: 1, elections: 1 },
  {
    ...ADJUST,
    name: "adjust-order",
    about: "a counter is reset, deleted and imported beside its hits, in every order",
    hits: [2],
    adjust: [RESET, DELETE, IMPORT],
  },
  {
    ...ADJUST,
    name: "adjust-zombie",
    about: "a counter is reset and deleted under two leaders",
    adjust: [RESET, DELETE],
    elections: 1,
  },
  {
    ...ADJUST,
    name: "adjust-unknown",
    about: "a counter is reset and deleted at a commit of unknown outcome",
    adjust: [RESET, DELETE],
    unknownCommits: 1,
  },
  {
    ...ADJUST,
    name: "adjust-kill",
    about: "a counter is reset and deleted, and the node of its hit crashes",
    adjust: [RESET, DELETE],
    kills: 1,
  },
  {
    ...ADJUST,
    name: "adjust-deadline",
    about: "a counter is deleted twice, deadlines pass, under two leaders and at a commit of unknown outcome",
    elections: 1,
    unknownCommits: 1,
    deadlines: 1,
  },
  {
    ...IMPORTS,
    name: "import-zombie",
    about: "an import is asked for twice under two leaders, at commits of unknown outcome",
    elections: 1,
    unknownCommits: 2,
    deadlines: 1,
  },
  {
    ...IMPORTS,
    name: "import-forgetting",
    about: "an import is asked for again when the audit has forgotten it",
    adjust: [IMPORT, { ...IMPORT, lines: [{ counter: hitName(0, 1), value: 1n, region: REGION }] }],
    asks: 4,
    unknownCommits: 1,
    auditEntries: 1,
  },
  {
    ...MARKS,
    name: "marks",
    about: "a visitor comes to two nodes, before and after midnight",
    hits: [1, 0],
    counted: [1, 0],
    visits: [1, 1],
    hours: 1,
  },
  {
    ...MARKS,
    name: "marks-unknown",
    about: "a visitor comes twice, at a commit of unknown outcome",
    unknownCommits: 1,
  },
  {
    ...MARKS,
    name: "marks-secret",
    about: "a visitor comes before and after midnight, under two leaders that make the day's secret",
    hours: 1,
    elections: 1,
  },
  {
    ...MARKS,
    name: "marks-first",
    about: "a visitor comes before there is a secret, under two leaders",
    counted: [],
    elections: 1,
    unknownCommits: 1,
  },
  {
    ...MARKS,
    name: "marks-kill",
    about: "a visitor comes in two hours, and its node crashes",
    visitTimes: FORGOTTEN_HOUR,
    kills: 1,
  },
  {
    ...FORGOTTEN_MARKS,
    name: "marks-forgetting",
    about: "a visitor comes in two hours, and the first one is forgotten",
    elections: 0,
  },
  {
    ...FORGOTTEN_MARKS,
    name: "marks-forgetting-late",
    about: "a visitor comes in an hour that is forgotten, before it or after it, under two leaders",
    visits: [1],
  },
  {
    ...FORGOTTEN_MARKS,
    name: "marks-forgetting-zombie",
    about: "a visitor who was counted comes again, and the first visit is forgotten under two leaders",
    begins: ["node A: the visitor comes in the first period", "node A answers", "leader 1, having heard node A"],
  },
  {
    ...MARKS,
    backups: 1,
    restores: 1,
    name: "marks-restore",
    about: "a visitor comes twice, and the store is restored",
  },
  { ...RESTORE, name: "restore-two-hits", about: "the same, with two hits in one log", hits: [2] },
  { ...COPY, name: "copied-open-hits", about: "a copy of a busy node's disk runs beside it", ...copied([3, 0]) },
  {
    ...COPY,
    name: "old-disk-forgetting",
    about: "a disk comes back from a copy when its log is forgotten",
    hits: [1],
    drains: 1,
    hours: 1,
  },
  {
    ...NOTHING,
    name: "kill-forgetting",
    about: "a crash, while ended sources are forgotten",
    hits: [1],
    kills: 1,
    hours: 2,
  },
  {
    ...NOTHING,
    name: "kill",
    about: "a crash and a commit of unknown outcome",
    hits: [2],
    kills: 1,
    unknownCommits: 1,
  },
  {
    ...NOTHING,
    name: "zombie-strays",
    about: "two leaders, and messages that come very late",
    hits: [1],
    elections: 1,
    unknownCommits: 1,
    strays: true,
  },
  {
    ...NOTHING,
    name: "zombie-forgetting",
    about: "two leaders, while ended sources are forgotten",
    hits: [1],
    elections: 1,
    hours: 2,
  },
  { ...NOTHING, name: "zombie-kill", about: "two leaders and a crash", hits: [1], elections: 1, kills: 1 },
  { ...NOTHING, name: "zombie-power", about: "two leaders and a power loss", hits: [1], elections: 1, powerLosses: 1 },
  {
    ...NOTHING,
    name: "zombie",
    about: "two leaders and a commit of unknown outcome",
    hits: [3],
    elections: 1,
    unknownCommits: 1,
  },
  { ...NOTHING, name: "two-sources", about: "two nodes, and nothing that fails", hits: [2, 1] },
  {
    ...NOTHING,
    name: "turns",
    about: "hits, turns of the event loop and short writes",
    hits: [2],
    kills: 1,
    turns: true,
    shortWrites: 1,
  },
  { ...RESTORE, name: "restore-kill", about: "a restored store and a crash", hits: [1], kills: 1 },
  {
    ...RESTORE,
    name: "restore-unknown",
    about: "a restored store and a commit of unknown outcome",
    hits: [1],
    unknownCommits: 1,
  },
  { ...RESTORE, name: "restore-zombie", about: "a restored store and one more leader", hits: [1], elections: 1 },
  { ...RESTORE, name: "restore-power", about: "a restored store and a power loss", hits: [1], powerLosses: 1 },
  {
    ...BACKED_UP,
    name: "wipe-restore",
    about: "the store is wiped, an empty one adopted, and the right one brought back",
    hits: [2],
    counted: [1],
    wipes: 1,
  },
  { ...RESTORE, name: "restore-twice", about: "the store is restored twice", hits: [2], restores: 2 },
  {
    ...RESTORE,
    name: "restore-forgetting",
    about: "a restored store that forgets sources",
    hits: [1],
    kills: 1,
    hours: 1,
  },
  {
    ...RESTORE,
    name: "rebase-forgetting",
    about: "a log is rebased, and sources are forgotten past what its node knows",
    hits: [2, 1],
    counted: [1, 1],
    hours: 3,
    begins: adoptedAfter("node A: a hit", "node A answers"),
  },
  {
    ...BACKED_UP,
    name: "restore-cut",
    about: "a node is cut off while the store is restored",
    hits: [2, 1],
    counted: [1, 0],
    cuts: 1,
  },
  {
    ...BACKED_UP,
    name: "restore-hand-over",
    about: "two holders of one log rebase it",
    hits: [2, 0],
    counted: [1, 0],
    drains: 1,
  },
  {
    ...BACKED_UP,
    ...copied([2, 0]),
    name: "restore-copied",
    about: "a node and its copy rebase one log",
    diskCopies: 1,
  },
  {
    ...BACKED_UP,
    name: "restore-old-disk",
    about: "the store and a disk come back from their backups",
    hits: [2],
    counted: [1],
    kills: 1,
    diskCopies: 1,
  },
  {
    ...RESTORE,
    name: "rebase-old-disk",
    about: "a disk comes back from its copy after its log was rebased, counted and forgotten",
    hits: [1],
    counted: [0],
    drains: 1,
    hours: 2,
    diskCopies: 1,
    begins: adoptedAfter("node A: a hit", "node A answers", "node A's disk is copied"),
  },
  {
    ...RESTORE,
    name: "rebase-hand-over",
    about: "two holders rebase one log, and the ledger forgets it",
    hits: [1, 0],
    counted: [0, 0],
    drains: 1,
    hours: 2,
    begins: adoptedAfter(
      "node A: a hit",
      "node A drains",
      "node A offers its remains to node B",
      "node B is handed",
      "node A answers",
    ),
  },
  {
    ...RESTORE,
    name: "rebase-twice",
    about: "a log was rebased, and the store is restored again",
    hits: [2],
    counted: [0],
    restores: 2,
    hours: 1,
    begins: adoptedAfter("node A: a hit", "node A answers"),
  },
  { ...COPY, name: "old-disk", about: "a node starts again on an older copy of its disk", hits: [2], kills: 1 },
  {
    ...NOTHING,
    name: "power-forgetting",
    about: "a power loss, while ended sources are forgotten",
    hits: [2],
    powerLosses: 1,
    hours: 2,
  },
  { ...NOTHING, name: "hand-over", about: "a node leaves", hits: [1, 0], drains: 1 },
  {
    ...NOTHING,
    name: "hand-over-forgetting",
    about: "a node leaves, while ended sources are forgotten",
    hits: [1, 0],
    drains: 1,
    hours: 1,
  },
  { ...NOTHING, name: "hand-over-kill", about: "a node leaves, and one crashes", hits: [1, 0], drains: 1, kills: 1 },
  {
    ...NOTHING,
    name: "hand-over-restarted",
    about: "a node leaves, and another was killed before its first offer",
    hits: [1, 1],
    drains: 1,
    kills: 1,
    begins: ["node B: a hit", "node B is killed", "node B starts", "node A: a hit"],
  },
  {
    ...NOTHING,
    name: "hand-over-power",
    about: "a node leaves, and one loses power",
    hits: [2, 0],
    drains: 1,
    powerLosses: 1,
  },
  {
    ...NOTHING,
    name: "hand-over-zombie",
    about: "a node leaves under two leaders",
    hits: [1, 0],
    drains: 1,
    elections: 1,
  },
  {
    ...NOTHING,
    name: "hand-over-unknown",
    about: "a node leaves at a commit of unknown outcome",
    hits: [2, 0],
    drains: 1,
    unknownCommits: 1,
  },
  { ...NOTHING, name: "two-drains", about: "two nodes leave", hits: [1, 1], drains: 2 },
  {
    ...NOTHING,
    name: "two-sources-forgetting",
    about: "two nodes, while ended sources are forgotten",
    hits: [1, 1],
    hours: 2,
    remembered: 1,
  },
  { ...NOTHING, name: "two-sources-kill-forgetting", about: "the same, and a crash", hits: [1, 1], kills: 1, hours: 2 },
  {
    ...NOTHING,
    name: "two-sources-zombie",
    about: "two nodes under two leaders",
    hits: [1, 1],
    elections: 1,
    unknownCommits: 1,
  },
  {
    ...NOTHING,
    name: "zombie-kill-forgetting",
    about: "two leaders, a crash, and ended sources are forgotten",
    hits: [1],
    elections: 1,
    kills: 1,
    hours: 2,
  },
  {
    ...KEYED,
    name: "keyed-kill-zombie",
    about: "one key is sent twice under two leaders, and its node crashes",
    elections: 1,
    kills: 1,
  },
  {
    ...KEYED,
    name: "keyed-forgetting-deadline",
    about: "one key is sent twice, deadlines pass, and it is forgotten under two leaders",
    hours: 1,
    elections: 1,
    deadlines: 1,
  },
  {
    ...KEYED,
    name: "keyed-everything",
    about: "one key is sent to two nodes, and all of that",
    hits: [0, 0],
    keyed: [1, 1],
    hours: 1,
    elections: 1,
    unknownCommits: 1,
    deadlines: 1,
    kills: 1,
  },
  {
    ...FORGOTTEN_MARKS,
    name: "marks-forgetting-everything",
    about: "a visitor comes in two hours, and the first one is forgotten under two leaders, from the beginning",
  },
  // Too large to be exhausted: every event may come before or after every other one. What only this scope has, and those above leave out:
  // three adjustments, two hits, and more than one kind of fault together with two different adjustments.
  {
    ...ADJUST,
    name: "adjust-everything",
    about: "a counter is reset, deleted and imported beside its hits, and all of that",
    hits: [2],
    adjust: [RESET, DELETE, IMPORT],
    asks: 3,
    elections: 1,
    unknownCommits: 1,
    deadlines: 1,
    kills: 1,
  },
  {
    ...NOTHING,
    name: "everything",
    about: "all of it, as far as time allows",
    hits: [2, 1],
    elections: 1,
    unknownCommits: 1,
    kills: 1,
    powerLosses: 1,
    drains: 2,
    hours: 2,
    shortWrites: 1,
    backups: 1,
    restores: 1,
    strays: true,
  },
];

/** The last node runs on a copy of the disk of node A, of whose hits one was counted before. */
function copied(hits: readonly number[]): Pick<Scope, "hits" | "counted" | "clone"> {
  return { hits, counted: hits.map((count) => Math.min(count, 1)), clone: true };
}

/** What may befall a cluster of this scope from its beginning. */
export function budgetOf(scope: Scope): Budget {
  const kinds = Object.keys(NOTHING_HAPPENS) as (keyof Budget)[];
  return Object.fromEntries(kinds.map((kind) => [kind, scope[kind]])) as unknown as Budget;
}

/** After these moves leader 1 commits what node A offered; nobody hears of it, the store is restored, and a person adopts. */
function adoptedAfter(...moves: readonly string[]): readonly string[] {
  return [
    "a backup of the store is made",
    ...moves,
    "leader 1, having heard node A",
    "the store is restored",
    "leader 1, having heard nobody, after an hour",
    "a person adopts",
    "leader 1 reads",
  ];
}
