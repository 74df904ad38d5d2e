export * from './credential.ts';
export * from './delegation.ts';
export * from './executor.ts';
export * from './request.ts';
export * from './team.ts';
