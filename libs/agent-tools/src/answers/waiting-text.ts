/** What an agent reads of a call that the operator is asked about. @param until milliseconds since the epoch */
export function waitingText(until: number): string {
  const [time = ''] = new Date(until).toISOString().split('T')[1]?.split('.') ?? [];
  return `waits for the operator's approval, until ${time}Z; nothing of it has run yet`;
}
