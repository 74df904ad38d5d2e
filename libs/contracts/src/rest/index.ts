export * from './credential.ts';
export * from './delegation.ts';
export * from './effective-entitlements.ts';
export * from './executor.ts';
export * from './plan.ts';
export * from './request.ts';
export * from './team.ts';
export * from './user.ts';
