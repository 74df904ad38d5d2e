import type { UserBody } from '@servonaut/contracts';
import type { User } from '../auth/index.ts';

export function presentUser({ createdAt, disabledAt, ...user }: User): UserBody {
  const { id, name, email, role, plan, rules, version } = user;
  const instants = { created_at: createdAt.toISOString(), disabled_at: disabledAt?.toISOString() ?? null };
  return { id, name, email, role, plan, rules, version, ...instants };
}
