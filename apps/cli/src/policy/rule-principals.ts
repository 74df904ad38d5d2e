import { fitsServerPattern, type WirePrincipal } from '@servonaut/contracts';

/** Whether a rule's word for a principal means this one: `*`, `operator`, a kind, or a kind with a pattern of label or id. */
export function fitsPrincipal(word: string, principal: WirePrincipal | undefined): boolean {
  if (word === '*') return true;
  if (principal === undefined) return word === 'operator';
  const end = word.indexOf(':');
  if (end === -1) return word === principal.kind;
  const pattern = word.slice(end + 1);
  return (
    word.slice(0, end) === principal.kind &&
    [principal.label, principal.id].some((name) => fitsServerPattern(pattern, name))
  );
}
