/** True when `next` is the day after `day`; both look like '2024-05-17'. */
function isNextDay(day, next) {
  const dayOfMonth = Number(day.slice(8));
  const nextDayOfMonth = Number(next.slice(8));
  return nextDayOfMonth === dayOfMonth + 1;
}

/**
 * Counts the most days in a row.
 * @param {string[]} days dates like '2024-05-17', in any order; the same day may come twice
 */
export function longestStreak(days) {
  const sorted = [...new Set(days)].sort();
  let longest = 0;
  let current = 0;
  let previous;
  for (const day of sorted) {
    current = previous !== undefined && isNextDay(previous, day) ? current + 1 : 1;
    longest = Math.max(longest, current);
    previous = day;
  }
  return longest;
}
