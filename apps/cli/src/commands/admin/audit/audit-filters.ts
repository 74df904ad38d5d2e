import type { Filter } from '../../rest-command.ts';

/** What narrows the records that are listed or exported. */
export const AUDIT_FILTERS: Readonly<Record<string, Filter>> = {
  user: { description: 'Only the chain of this user, by id.', query: 'user_id' },
  chain: { description: 'Only this chain, such as "coordinator".' },
  kind: { description: 'Only events of this kind, such as call.ended.' },
  actor: { description: 'Only what this credential, user or executor did, by id.', query: 'actor_id' },
  request: { description: 'Only what belongs to this request, by id.', query: 'request_id' },
  from: { description: 'From this instant on, such as 2027-01-31T12:00:00Z.' },
  until: { description: 'Before this instant.' },
};
