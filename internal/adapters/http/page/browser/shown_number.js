/** Which of two numbers of a counter is the later one. Nodes may be a round behind each other, and a page may hear any of them. */

/** @import { TotalJson } from "../../totals_json.ts" */

/**
 * What a node says of a counter. `ledger`: tells one ledger from another. `version`: the ledger's, on that node; null: it knows none.
 * `generation`: the version that began the count, 0 if nobody knows it; null: nothing is committed.
 *
 * @typedef {object} Said
 * @property {string} ledger
 * @property {number | null} version
 * @property {number | null} generation
 * @property {TotalJson} value
 */

/**
 * What a page shows. `generation`: of the count, or the version in which a node first said that the counter was gone.
 *
 * @typedef {object} Shown
 * @property {string} ledger
 * @property {number} version the latest in which this count was there, or gone
 * @property {number} generation
 * @property {boolean} exists
 */

/**
 * What a page that shows `shown` does about `said`:
 *
 * - `ignore`: it is older
 * - `grow`: the number may only grow
 * - `replace`: a person changed it, so the number may be less, too
 *
 * @param {Shown | null} shown null: the page has heard nothing yet
 * @param {Said} said
 * @returns {{ readonly action: "ignore" | "grow" | "replace", readonly shown: Shown | null }}
 */
export function judged(shown, said) {
  const { ledger, version, generation } = said;
  if (version === null) return { action: "grow", shown };
  const exists = generation !== null;
  const next = { ledger, version, generation: generation ?? 0, exists };
  if (shown === null || shown.ledger !== ledger) return { action: "grow", shown: next };
  if (!exists && shown.exists) {
    if (version <= shown.version) return { action: "ignore", shown };
    return { action: "replace", shown: { ...next, generation: version } };
  }
  if (!exists) return { action: "grow", shown: { ...shown, version: Math.max(shown.version, version) } };
  const isOlder = shown.exists ? next.generation < shown.generation : version < shown.version;
  if (isOlder) return { action: "ignore", shown };
  const latest = { ...next, version: Math.max(shown.version, version) };
  if (next.generation === shown.generation) return { action: "grow", shown: latest };
  // Of a counter that was not there before, only pending hits were shown.
  return { action: shown.exists || shown.generation > 0 ? "replace" : "grow", shown: latest };
}
