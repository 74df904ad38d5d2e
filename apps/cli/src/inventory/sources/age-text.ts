const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** How long ago something was, in its largest unit: `12 min`. */
export function ageText(since: Date, now = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - since.getTime()) / 1_000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
