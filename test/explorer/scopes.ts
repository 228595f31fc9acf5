/** How much may happen in one exploration. What is not bounded here (answers, snapshots, restarts, takings) may happen any number of times. */
export interface Scope {
  readonly name: string;
  /** Hits that arrive at each node. Its length is the number of nodes. */
  readonly hits: readonly number[];
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
  /** Ended sources that are remembered for longer than an hour. */
  readonly remembered: number;
  /** Journal writes that fall short. */
  readonly shortWrites: number;
  /** Whether a hit's arrival and the end of its event-loop turn are steps of their own. */
  readonly turns: boolean;
  /** Whether answers to earlier rounds and snapshots older than the page stay around, to be delivered all the same. */
  readonly strays: boolean;
}

const NOTHING = {
  elections: 0,
  unknownCommits: 0,
  kills: 0,
  powerLosses: 0,
  drains: 0,
  hours: 0,
  remembered: 0,
  shortWrites: 0,
  turns: false,
  strays: false,
};

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
    strays: true,
  },
];
