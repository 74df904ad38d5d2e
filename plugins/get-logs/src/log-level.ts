/** What logs call their levels, from the worst to the least. */
const LEVEL_WORDS = {
  critical: 'emerg|emergency|panic|alert|crit|critical|fatal|severe',
  error: 'error|err',
  warning: 'warning|warn',
  info: 'notice|info|information',
} as const;
type Level = keyof typeof LEVEL_WORDS;
export const LEVELS = Object.keys(LEVEL_WORDS) as [Level, ...Level[]];

/** As an extended regular expression of the words of this level and of those that are worse. */
export function levelWords(level: Level): string {
  return LEVELS.slice(0, LEVELS.indexOf(level) + 1)
    .map((one) => LEVEL_WORDS[one])
    .join('|');
}

/** As journalctl takes it. */
export const JOURNAL_PRIORITIES = { critical: 'crit', error: 'err', warning: 'warning', info: 'info' } as const;
