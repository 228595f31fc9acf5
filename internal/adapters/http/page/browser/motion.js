/** @import { ClusterEvent } from "../../events/messages.ts" */

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Whether a round took place between two messages: a node also sends messages while there are no rounds.
 *
 * @param {ClusterEvent} before
 * @param {ClusterEvent} now
 */
export function isNewRound(before, now) {
  if (before.version !== now.version || before.asOf !== now.asOf) return true;
  return leaderHeardAt(now) - leaderHeardAt(before) > TOLERANCE_MS;
}

/** Silences are sent in tenths of a second, so the same moment may be sent as two that differ by a little more. */
const TOLERANCE_MS = 150;

/** @param {ClusterEvent} cluster */
function leaderHeardAt({ now, leaderSilence }) {
  return leaderSilence === null ? 0 : now - leaderSilence * 1000;
}

/**
 * Shows one round: from every region, a comet runs along its arc to the leader.
 *
 * @param {Element} map
 * @param {number} durationMs
 */
export function showRound(map, durationMs) {
  if (reducedMotion.matches || document.hidden) return;
  for (const comet of map.querySelectorAll(".comet")) {
    const delay = Math.random() * 0.25 * durationMs;
    comet.animate(
      [
        { strokeDashoffset: 0.16, opacity: 0 },
        { opacity: 1, offset: 0.15 },
        { opacity: 1, offset: 0.85 },
        { strokeDashoffset: -1, opacity: 0 },
      ],
      { duration: durationMs * 0.75, delay, easing: "cubic-bezier(0.45, 0, 0.35, 1)" },
    );
  }
}
