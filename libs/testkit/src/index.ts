export { agentClientProgram, agentClientsFetched, type AgentClientName } from './agent-clients.ts';
export { findProgram, requireProgram } from './find-program.ts';
export { freePort } from './free-port.ts';
export { hostileValues } from './hostile-values.ts';
export {
  SHARED_POSTGRES,
  startPostgres,
  startPostgresDatabase,
  type TestPostgres,
  type TestPostgresDatabase,
} from './postgres.ts';
export { startRedis, type RedisOptions, type TestRedis } from './redis.ts';
export { makeSshKey, type SshKey, type SshKeyOptions } from './ssh-key.ts';
export { missingSecretService, startSecretService, type TestSecretService } from './secret-service.ts';
export { startSshd, type SshdOptions, type TestSshd } from './sshd.ts';
export { makeSudoer, missingSudo, type TestSudoer } from './sudoer.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { startProcess, type ProcessEnd, type ProcessOptions, type TestProcess } from './test-process.ts';
export { waitFor, type WaitOptions } from './wait-for.ts';
export { TEST_EPOCH, TestClock, type TestTimer } from './test-clock.ts';
export {
  aCommandRequest,
  aCommandResult,
  aLegacyCommandResult,
  anExecutorRegistration,
  anExecutorToRegister,
  aToolManifest,
} from './wire-messages.ts';
export { journaldAvailable, startJournald, type TestJournal } from './journald.ts';
export {
  anOperator,
  startCoordinator,
  type Bootstrap,
  type CoordinatorOptions,
  type OperatorOptions,
  type TestCoordinator,
  type TestOperator,
} from './stack.ts';
export {
  buildMercureHub,
  type ReferenceHubOptions,
  referenceHubAvailable,
  type ReferenceHub,
  startMercureHub,
} from './mercure-hub.ts';
export { unlessMissing, withReferenceHub } from './unless-missing.ts';
export { missingUserSystemd, startUserSystemd, type TestUserSystemd } from './user-systemd.ts';
export { missingTerminal, startTerminal, type TerminalOptions, type TestTerminal } from './terminal.ts';
