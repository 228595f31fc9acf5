const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** Wall-clock milliseconds as ISO 8601 in UTC with whole seconds, as the Kubernetes API writes times. For the years 1970 to 9999. */
export function isoTime(wall: number): string {
  const days = Math.floor(wall / DAY);
  const seconds = Math.floor((wall - days * DAY) / SECOND);
  const time = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map((part) => digits(Math.floor(part), 2));
  return `${date(days)}T${time.join(":")}Z`;
}

/** Whether `time`, in this form, is less than `ms` milliseconds before `now`, to the second. False without a time. */
export function isRecent(time: string | undefined, ms: number, now: number): boolean {
  // Times of this form sort alphabetically.
  return time !== undefined && time > isoTime(now - ms);
}

/** Counts in eras of 400 years. Years begin in March, so that the leap day comes last (http://howardhinnant.github.io/date_algorithms.html). */
function date(daysSince1970: number): string {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, "0");
}
