export * from './audit-chain.ts';
export * from './audit-fault.ts';
export * from './audit-record.ts';
export * from './canonical-json.ts';
export * from './chain-verifier.ts';
