const SECOND = 1000;
const MINUTE = 60;
const HOUR = 60;
const DAY = 24;
const YEAR = 365;

/** A span of time as `kubectl get` shows ages: `5s`, `3m2s`, `4h`, `2d3h`, `1y40d`; at most two units. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 10) return twoUnits(minutes, "m", seconds % MINUTE, "s");
  if (minutes < 3 * HOUR) return `${minutes}m`;
  const hours = Math.floor(minutes / HOUR);
  if (hours < 8) return twoUnits(hours, "h", minutes % HOUR, "m");
  if (hours < 2 * DAY) return `${hours}h`;
  const days = Math.floor(hours / DAY);
  if (days < 8) return twoUnits(days, "d", hours % DAY, "h");
  if (days < 2 * YEAR) return `${days}d`;
  const years = Math.floor(days / YEAR);
  if (years < 8) return twoUnits(years, "y", days % YEAR, "d");
  return `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
