import { ServonautError } from '@servonaut/contracts';

/** Why an operation on a path failed, as far as the protocol tells: version 3 of it knows no more (draft-ietf-secsh-filexfer-02 section 7). */
export type SftpRefusal = 'not-found' | 'denied' | 'unsupported' | 'failure';

const SENTENCES: Readonly<Record<SftpRefusal, string>> = {
  'not-found': 'there is no such file or folder',
  denied: 'permission denied',
  unsupported: 'the server does not support it',
  failure: 'the server refuses it',
};

/** @param facts of it carry `sftp`, the refusal @param said what the server or the system adds */
export function sftpFailure(what: string, refusal: SftpRefusal, said = ''): ServonautError {
  return new ServonautError(refusal === 'not-found' ? 'not_found' : 'tool_failed', {
    message: `${what}: ${SENTENCES[refusal]}${said && ` (${said})`}.`,
    facts: { sftp: refusal },
  });
}

export function isNotThere(error: unknown): boolean {
  return error instanceof ServonautError && error.facts['sftp'] === 'not-found';
}
