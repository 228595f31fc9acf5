import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import { after, answer, end, kill, type Move, withBooks, withMail } from "./changes.ts";
import { type ClusterState, withAt } from "./cluster_state.ts";
import { hitsOf, letter } from "./hit_names.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

/** What a node that is up can do, and what can befall it. */
export function liveMoves(model: Model, state: ClusterState, node: number, moves: Move[]): void {
  const part = state.nodes[node] as Part<NodeState>;
  const who = `node ${letter(node)}`;
  hitMoves(model, state, node, moves);
  for (const [index, { value: leader }] of state.leaders.entries())
    if (!leader.deposed)
      moves.push({
        label: `${who} answers leader ${leader.epoch}, which is at version ${leader.ledger.value.ledger.version}`,
        run: () => answer(model, state, node, index),
      });
  for (const publication of state.inboxes[node]?.value ?? []) {
    const { ledger } = publication.value.shared;
    const label = `${who} hears version ${ledger?.ledger.version} with its watermarks ${watermarksIn(publication.value)}`;
    moves.push({
      label,
      run: () => withoutOldMail(model, after(model, state, node, model.adopt(node, part, publication)), node),
    });
  }
  endMoves(model, state, node, moves);
}

function withoutOldMail(model: Model, state: ClusterState, node: number): ClusterState {
  return model.scope.strays ? state : { ...state, inboxes: withAt(state.inboxes, node, withMail(model, state, node)) };
}

function watermarksIn({ watermarks }: Publication): string {
  return watermarks.map(({ source, watermark, ended }) => `${source}=${watermark}${ended ? " (ended)" : ""}`).join(" ");
}

function hitMoves(model: Model, state: ClusterState, node: number, moves: Move[]): void {
  const part = state.nodes[node] as Part<NodeState>;
  const { value } = part;
  const { scope, steps } = model;
  const who = `node ${letter(node)}`;
  const run = (what: string, step: Parameters<Model["move"]>[2]) => () =>
    after(model, state, node, model.move(part, what, step) as NodeMove);
  if (value.turn.length > 0)
    moves.push({ label: `${who}: the turn ends`, run: run("ends turn", () => steps.endTurn(node, value)) });
  if (value.draining || value.arrived >= (scope.hits[node] ?? 0)) return;
  const turnEnds = !scope.turns;
  moves.push({
    label: `${who}: a hit arrives${turnEnds ? " and is acknowledged" : ""}`,
    run: run("hit", () => steps.hit(node, value, turnEnds)),
  });
  const { shortWrites } = state.books.value;
  if (shortWrites === 0) return;
  for (const trouble of ["short", "torn"] as const) {
    const hit = run(trouble, () => steps.hit(node, value, true, trouble));
    moves.push({
      label: `${who}: a hit arrives, and its journal write is ${trouble}`,
      run: () => withBooks(model, hit(), { shortWrites: shortWrites - 1 }),
    });
  }
}

function endMoves(model: Model, state: ClusterState, node: number, moves: Move[]): void {
  const part = state.nodes[node] as Part<NodeState>;
  const { kills, powerLosses, excepted } = state.books.value;
  const who = `node ${letter(node)}`;
  if (kills > 0)
    moves.push({
      label: `${who} is killed`,
      run: () => withBooks(model, end(model, state, node, kill(model, part)), { kills: kills - 1 }),
    });
  if (powerLosses === 0) return;
  for (const left of model.become(part, "loses power", () => model.steps.losePower(part.value))) {
    // What another node handed over is synced: only this node's own hits may go with its power.
    const lost = part.value.held & hitsOf(node) & ~left.value.held & ~state.store.value.ledger.value.counted;
    const lines = left.value.disk.files.map(({ source, lines }) => `${source}: ${lines.length} lines`).join(", ");
    moves.push({
      label: `${who} loses power, its disk keeps ${lines}`,
      run: () =>
        withBooks(model, end(model, state, node, left), { powerLosses: powerLosses - 1, excepted: excepted | lost }),
    });
  }
}
