import { sftpFailure } from '@servonaut/plugin-sdk/sftp';

/** The server answers what it was not asked. */
export function malformed(what: string): never {
  throw sftpFailure(what, 'failure', 'its answer makes no sense');
}
