const calm = matchMedia("(prefers-reduced-motion: reduce)");

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
