import { type Move, spent, withBooks } from "./changes.ts";
import type { ClusterState, StoreImage, StoreState } from "./cluster_state.ts";
import { elect } from "./leader_moves.ts";
import { adopted, ledgerId, WIPED } from "./leader_steps.ts";
import type { Model } from "./model.ts";

/** What people do with the store: they back it up, restore it, and adopt what it has. */
export function* storeMoves(model: Model, state: ClusterState): Iterable<Move> {
  const { value: store } = state.store;
  const { left } = state.books.value;
  const { version } = store.ledger.value.ledger;
  if (left.backups > 0)
    yield {
      label: `a backup of the store is made, at version ${version}`,
      run: () => spent(model, withBackup(model, state), "backups"),
    };
  if (left.restores > 0 && store.backup && store.backup.ledger !== store.ledger) yield* restores(model, state);
  if (left.wipes > 0 && store.ledger.value !== WIPED)
    yield {
      label: "the store is wiped, and another leader is elected",
      run: () => spent(model, wipe(model, state), "wipes"),
    };
  if (store.lost !== null)
    yield { label: `a person adopts what the store has at version ${version}`, run: () => adopt(model, state) };
}

function* restores(model: Model, state: ClusterState): Iterable<Move> {
  const backup = state.store.value.backup!;
  const lives = state.leaders.some(({ value }) => !value.deposed && value.epoch === backup.epoch);
  const label = `the store is restored to version ${backup.ledger.value.ledger.version}`;
  if (lives)
    yield { label: `${label}, its leader key with it`, run: () => spent(model, restore(model, state), "restores") };
  yield {
    label: `${label}, and another leader is elected`,
    run: () => spent(model, elect(model, restore(model, state)), "restores"),
  };
}

/** What is under way to a store does not survive its restart. */
function restore(model: Model, state: ClusterState): ClusterState {
  return putBack(model, state, state.store.value.backup!);
}

/**
 * Revisions begin anew, so the next ledgers have those that earlier ones had. A transaction of a paused process may arrive then. What
 * `epoch` stands for here, the nonce of the leader key, does not come again.
 */
function wipe(model: Model, state: ClusterState): ClusterState {
  const wiped = putBack(model, state, { epoch: 0, headRevision: 0, ledger: model.ledgers.of(WIPED) });
  return elect(model, { ...wiped, commits: state.commits });
}

function putBack(model: Model, state: ClusterState, image: StoreImage): ClusterState {
  const { backup, ledger } = state.store.value;
  const { excepted, undone } = state.books.value;
  const lost = ledger.value.counted & ~image.ledger.value.counted;
  const held = state.nodes.reduce((hits, { value }) => hits | value.held, 0);
  const restored = withStore(model, state, { ...image, lost: null, backup });
  const books = { excepted: excepted | (lost & ~held), undone: undone | lost };
  return withBooks(model, { ...restored, commits: model.commits.of([]) }, books);
}

/** A person adopts what the store has, whatever that gives up. */
export function adopt(model: Model, state: ClusterState): ClusterState {
  const { value: store } = state.store;
  const ledgers = state.books.value.ledgers + 1;
  const ledger = model.ledgers.of(adopted(store.ledger.value, store.lost!, ledgerId(ledgers)));
  const next = withStore(model, state, { ...store, ledger, headRevision: store.headRevision + 1, lost: null });
  return withBooks(model, next, { ledgers });
}

function withBackup(model: Model, state: ClusterState): ClusterState {
  const { epoch, headRevision, ledger } = state.store.value;
  return withStore(model, state, { ...state.store.value, backup: { epoch, headRevision, ledger } });
}

function withStore(model: Model, state: ClusterState, store: StoreState): ClusterState {
  return { ...state, store: model.stores.of(store) };
}
