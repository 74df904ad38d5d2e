import { hash, verify } from '@node-rs/argon2';
import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { WaitingLine, type Rank } from './waiting-line.ts';

/** Argon2id as OWASP's cheat sheet on password storage has it: 19 MiB, two passes, one lane. About 25 ms of a core. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Stands in for the hash of somebody who does not exist; made with the same options, so that it takes as long. No password hashes to it. */
export const NO_ONES_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Each takes a thread of Node's pool of four and 19 MiB: more at once, and strangers decide what the process has left for everybody else. */
const AT_ONCE = 2;
const TRY_AGAIN_SECONDS = 1;

/** Makes and checks what is stored of passwords, in turn. @throws ServonautError `too_many_requests` when too many wait. */
@Injectable()
export class Passwords {
  readonly #line: WaitingLine;

  constructor(@Inject(APP_CONFIG) { people }: Pick<AppConfig, 'people'>) {
    const { passwordsWaiting: waiting, passwordWaitMs: waitMs } = people;
    this.#line = new WaitingLine({ atOnce: AT_ONCE, waiting, waitMs }, tooMany);
  }

  /** In the PHC string format, with a salt of its own. Only those choose one who have a session or a link. */
  hash(password: string): Promise<string> {
    return this.#line.run('known', () => hash(normal(password), OPTIONS));
  }

  /** Takes the same time when there is no hash to compare with, which is `null` and matches nothing. */
  matches(password: string, stored: string | null, by: Rank): Promise<boolean> {
    return this.#line.run(by, () => verify(stored ?? NO_ONES_HASH, normal(password)));
  }
}

/** The same characters are typed as different bytes on different keyboards (RFC 8265 section 4.2). */
function normal(password: string): string {
  return password.normalize('NFKC');
}

function tooMany(): ServonautError {
  return new ServonautError('too_many_requests', {
    message: 'Many people are signing in at this moment.',
    nextStep: 'Try again in a moment.',
    facts: { retry_after_seconds: TRY_AGAIN_SECONDS },
  });
}
