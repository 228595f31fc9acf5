import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import {
  after,
  answer,
  collects,
  end,
  hear,
  kill,
  type Move,
  reaches,
  spent,
  start,
  withBooks,
  withMail,
} from "./changes.ts";
import { type ClusterState, withAt } from "./cluster_state.ts";
import { hitsOf, letter } from "./hit_names.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

/** Collects that nodes answer, and snapshots that they hear. */
export function* messageMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const node of state.nodes.keys()) {
    if (state.nodes[node]?.value.status !== "up") continue;
    for (const [index, { value: leader }] of state.leaders.entries())
      if (!leader.deposed && collects(leader, node) && reaches(model, state, index, node))
        yield {
          label: `node ${letter(node)} answers leader ${leader.epoch}, which is at version ${leader.ledger?.value.ledger.version}`,
          run: () => answer(model, state, node, index),
        };
    for (const publication of state.inboxes[node]?.value ?? [])
      yield {
        label: `node ${letter(node)} hears ${describe(publication.value)}`,
        run: () => withoutOldMail(model, hear(model, state, node, publication), node),
      };
  }
}

function withoutOldMail(model: Model, state: ClusterState, node: number): ClusterState {
  return model.scope.strays ? state : { ...state, inboxes: withAt(state.inboxes, node, withMail(model, state, node)) };
}

function describe({ shared: { ledger }, watermarks }: Publication): string {
  const told = watermarks.map(({ source, watermark, ended }) => `${source}=${watermark}${ended ? " (ended)" : ""}`);
  return `version ${ledger?.ledger.version} of ledger ${ledger?.ledger.id} with its watermarks ${told.join(" ")}`;
}

export function* hitMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, part] of state.nodes.entries()) if (part.value.status === "up") yield* hitsOn(model, state, node);
}

function* hitsOn(model: Model, state: ClusterState, node: number): Iterable<Move> {
  const part = state.nodes[node] as Part<NodeState>;
  const { value } = part;
  const { scope, steps } = model;
  const who = `node ${letter(node)}`;
  const run = (what: string, step: Parameters<Model["move"]>[2]) => () =>
    after(model, state, node, model.move(part, what, step) as NodeMove);
  if (value.turn.length > 0)
    yield { label: `${who}: the turn ends`, run: run("ends turn", () => steps.endTurn(node, value)) };
  if (value.draining || value.arrived >= (scope.hits[node] ?? 0)) return;
  const turnEnds = !scope.turns;
  yield {
    label: `${who}: a hit arrives${turnEnds ? " and is acknowledged" : ""}`,
    run: run("hit", () => steps.hit(node, value, turnEnds)),
  };
  if (state.books.value.left.shortWrites === 0) return;
  for (const trouble of ["short", "torn"] as const) {
    const hit = run(trouble, () => steps.hit(node, value, true, trouble));
    yield {
      label: `${who}: a hit arrives, and its journal write is ${trouble}`,
      run: () => spent(model, hit(), "shortWrites"),
    };
  }
}

/** How a process ends that did not mean to. */
export function* endMoves(model: Model, state: ClusterState): Iterable<Move> {
  const { kills, powerLosses } = state.books.value.left;
  for (const [node, part] of state.nodes.entries()) {
    if (part.value.status !== "up") continue;
    if (kills > 0)
      yield {
        label: `node ${letter(node)} is killed`,
        run: () => spent(model, end(model, state, node, kill(model, part)), "kills"),
      };
    if (powerLosses > 0) yield* powerLossesOf(model, state, node);
  }
}

function* powerLossesOf(model: Model, state: ClusterState, node: number): Iterable<Move> {
  const part = state.nodes[node] as Part<NodeState>;
  const { excepted } = state.books.value;
  for (const left of model.become(part, "loses power", () => model.steps.losePower(part.value))) {
    // What another node handed over is synced: only this node's own hits may go with its power.
    const lost = part.value.held & hitsOf(node) & ~left.value.held & ~state.store.value.ledger.value.counted;
    const lines = left.value.disk.files.map(({ source, lines }) => `${source}: ${lines.length} lines`).join(", ");
    yield {
      label: `node ${letter(node)} loses power, its disk keeps ${lines}`,
      run: () => {
        const ended = withBooks(model, end(model, state, node, left), { excepted: excepted | lost });
        return spent(model, ended, "powerLosses");
      },
    };
  }
}

export function* startMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, { value }] of state.nodes.entries())
    if (value.status === "down" && value.ids > 0)
      yield { label: `node ${letter(node)} starts again`, run: () => start(model, state, node) };
}
