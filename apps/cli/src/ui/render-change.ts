/** A short text as it was and as it would be, line by line: `-` goes, `+` comes, and what stays is left as it is. */
export function renderChange(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const shared = sharedLines(old, now);
  const rows: string[] = [];
  let [from, to] = [0, 0];
  while (from < old.length || to < now.length) {
    const isShared = from < old.length && to < now.length && old[from] === now[to];
    if (isShared) rows.push(`  ${old[(to++, from++)]}`);
    else if (to === now.length || (from < old.length && shared(from + 1, to) >= shared(from, to + 1)))
      rows.push(`- ${old[from++]}`);
    else rows.push(`+ ${now[to++]}`);
  }
  return rows.join('\n').trimEnd();
}

/** How many lines two texts have in common from there on, in the same order. */
function sharedLines(old: readonly string[], now: readonly string[]): (from: number, to: number) => number {
  const most = new Map<number, number>();
  const key = (from: number, to: number): number => from * (now.length + 1) + to;
  const at = (from: number, to: number): number => most.get(key(from, to)) ?? 0;
  for (let from = old.length - 1; from >= 0; from -= 1)
    for (let to = now.length - 1; to >= 0; to -= 1) {
      const best = old[from] === now[to] ? at(from + 1, to + 1) + 1 : Math.max(at(from + 1, to), at(from, to + 1));
      most.set(key(from, to), best);
    }
  return at;
}
