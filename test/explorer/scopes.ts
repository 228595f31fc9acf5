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
  /** Nodes that are cut off until they are reached again. Leaders know nothing of such a node. */
  readonly cuts: number;
  /** Copies of node A's disk. Node A may start on it when it is down or has left, and so may a node that never ran. */
  readonly diskCopies: number;
}

/** How much may happen in one exploration. What is not bounded here (answers, snapshots, restarts, takings, adoptions) may happen any number of times. */
export interface Scope extends Budget {
  readonly name: string;
  /** Hits that arrive at each node. Its length is the number of nodes. */
  readonly hits: readonly number[];
  /** Of these, hits that were counted and shown before the exploration begins, at most one of each node. */
  readonly counted: readonly number[];
  /** Whether a backup of the store is made then. */
  readonly backedUp: boolean;
  /** Ended sources that are remembered for longer than an hour. */
  readonly remembered: number;
  /** Whether a hit's arrival and the end of its event-loop turn are steps of their own. */
  readonly turns: boolean;
  /** Whether answers to earlier rounds and snapshots older than the page stay around, to be delivered all the same. */
  readonly strays: boolean;
  /** Whether the last node runs only on a copy of node A's disk. */
  readonly clone: boolean;
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
  cuts: 0,
  diskCopies: 0,
};

const NOTHING = {
  ...NOTHING_HAPPENS,
  remembered: 0,
  turns: false,
  strays: false,
  clone: false,
  counted: [],
  backedUp: false,
};
const RESTORE = { ...NOTHING, backups: 1, restores: 1 };
/** Much has happened before, so that more of what follows can be walked through. */
const BACKED_UP = { ...NOTHING, backedUp: true, restores: 1 };

/** Small ones first: those that are exhausted in a moment leave their time to the others. */
export const SCOPES: readonly Scope[] = [
  { ...NOTHING, name: "kill-forgetting", hits: [1], kills: 1, hours: 2 },
  { ...NOTHING, name: "kill", hits: [2], kills: 1, unknownCommits: 1 },
  { ...NOTHING, name: "zombie-strays", hits: [1], elections: 1, unknownCommits: 1, strays: true },
  { ...NOTHING, name: "zombie-forgetting", hits: [1], elections: 1, hours: 2 },
  { ...NOTHING, name: "zombie-kill", hits: [1], elections: 1, kills: 1 },
  { ...NOTHING, name: "zombie-power", hits: [1], elections: 1, powerLosses: 1 },
  { ...NOTHING, name: "zombie", hits: [3], elections: 1, unknownCommits: 1 },
  { ...NOTHING, name: "two-sources", hits: [2, 1] },
  { ...NOTHING, name: "turns", hits: [2], kills: 1, turns: true, shortWrites: 1 },
  { ...RESTORE, name: "restore", hits: [1] },
  { ...RESTORE, name: "restore-two-hits", hits: [2] },
  { ...RESTORE, name: "restore-kill", hits: [1], kills: 1 },
  { ...RESTORE, name: "restore-forgetting", hits: [1], kills: 1, hours: 1 },
  { ...RESTORE, name: "restore-cut", hits: [1, 1], cuts: 1 },
  { ...RESTORE, name: "restore-hand-over", hits: [1, 0], drains: 1 },
  { ...RESTORE, name: "restore-twice", hits: [1], restores: 2 },
  { ...BACKED_UP, name: "rebase-forgetting", hits: [2, 1], counted: [1, 1], hours: 2 },
  { ...NOTHING, name: "old-disk", hits: [2], kills: 1, diskCopies: 1 },
  { ...NOTHING, name: "old-disk-forgetting", hits: [1], drains: 1, diskCopies: 1, hours: 1 },
  { ...NOTHING, name: "copied-disk", hits: [2, 0], diskCopies: 1, clone: true },
  { ...NOTHING, name: "copied-open-hits", hits: [3, 0], counted: [1, 0], diskCopies: 1, clone: true },
  { ...NOTHING, name: "power-forgetting", hits: [2], powerLosses: 1, hours: 2 },
  { ...NOTHING, name: "hand-over", hits: [1, 0], drains: 1 },
  { ...NOTHING, name: "hand-over-forgetting", hits: [1, 0], drains: 1, hours: 1 },
  { ...NOTHING, name: "hand-over-kill", hits: [1, 0], drains: 1, kills: 1 },
  { ...NOTHING, name: "hand-over-power", hits: [2, 0], drains: 1, powerLosses: 1 },
  { ...NOTHING, name: "hand-over-zombie", hits: [1, 0], drains: 1, elections: 1 },
  { ...NOTHING, name: "hand-over-unknown", hits: [2, 0], drains: 1, unknownCommits: 1 },
  { ...NOTHING, name: "two-drains", hits: [1, 1], drains: 2 },
  { ...NOTHING, name: "two-sources-forgetting", hits: [1, 1], hours: 2, remembered: 1 },
  { ...NOTHING, name: "two-sources-kill-forgetting", hits: [1, 1], kills: 1, hours: 2 },
  { ...NOTHING, name: "two-sources-zombie", hits: [1, 1], elections: 1, unknownCommits: 1 },
  { ...NOTHING, name: "zombie-kill-forgetting", hits: [1], elections: 1, kills: 1, hours: 2 },
  {
    ...NOTHING,
    name: "everything",
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

/** What may befall a cluster of this scope from its beginning. */
export function budgetOf(scope: Scope): Budget {
  const kinds = Object.keys(NOTHING_HAPPENS) as (keyof Budget)[];
  return Object.fromEntries(kinds.map((kind) => [kind, scope[kind]])) as unknown as Budget;
}
