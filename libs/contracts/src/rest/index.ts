export * from './credential.ts';
export * from './executor.ts';
export * from './request.ts';
