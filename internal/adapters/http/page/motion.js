const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether a round was heard between two of a node's words (`cluster` of events/messages.ts): it also speaks while there is none. */
export function isNewRound(before, now) {
  if (before.version !== now.version || before.asOf !== now.asOf) return true;
  return leaderHeardAt(now) - leaderHeardAt(before) > TENTH;
}

/** Silences are told to a tenth of a second: so many milliseconds, and some, between two ways to say the same. */
const TENTH = 150;

function leaderHeardAt({ now, leaderSilence }) {
  return leaderSilence === null ? 0 : now - leaderSilence * 1000;
}

/** One round: from every region something runs along its arc to the leader, and there is a ripple when it arrives. `duration` in milliseconds. */
export function showRound(map, duration) {
  if (calm.matches || document.hidden) return;
  for (const comet of map.querySelectorAll(".comet")) {
    const delay = Math.random() * 0.25 * duration;
    comet.animate(
      [
        { strokeDashoffset: 0.16, opacity: 0 },
        { opacity: 1, offset: 0.15 },
        { opacity: 1, offset: 0.85 },
        { strokeDashoffset: -1, opacity: 0 },
      ],
      { duration: duration * 0.75, delay, easing: "cubic-bezier(0.45, 0, 0.35, 1)" },
    );
  }
}
