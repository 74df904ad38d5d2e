import { ServonautError } from '@servonaut/contracts';
import { and, desc, eq, inArray, isNotNull, lte, notInArray, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { idempotentAnswers as table } from '../database/schema.ts';
import type { CoordinatorKeys } from '../secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../secrets/sealed-box.ts';

/** For this long a first request is believed to be still running. No POST of ours takes as long. */
const RUNNING_MS = 60_000;
const RETRY_SECONDS = 1;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A request that says how it would be known if it came again. */
export interface Asking {
  /** Of whoever asks: keys of others are others. */
  readonly principalId: string;
  /** SHA-256 of the key, in base64url. */
  readonly key: string;
  /** SHA-256 of what is asked, in base64url. */
  readonly asked: string;
}

export interface KeptAnswer {
  readonly status: number;
  /** As JSON. */
  readonly body: string;
}

export interface AnswersBounds {
  readonly keyHours: number;
  /** Of answers with a secret: their keys are kept longer, so that what is asked again is not done again. */
  readonly secretMinutes: number;
  /** Of one principal. */
  readonly keys: number;
}

/** What was answered, by key. The database decides who is first, for all processes. */
export class IdempotentAnswers {
  readonly #database: Database;
  readonly #box: SealedBox;
  readonly #bounds: AnswersBounds;

  constructor(database: Database, keys: Pick<CoordinatorKeys, 'derive'>, bounds: AnswersBounds) {
    this.#database = database;
    this.#box = sealedBox(keys, 'rest/answer');
    this.#bounds = bounds;
  }

  /**
   * @returns what was answered the first time; undefined when this is the first time, and the caller is to `keep` or `forget` what becomes of it
   * @throws ServonautError `idempotency_key_reused` for another request, `request_in_progress` while the first one runs, `conflict` when nobody knows
   *   what became of it, or when its answer had a secret and is kept no more
   */
  async begin(asking: Asking): Promise<KeptAnswer | undefined> {
    if (await this.#isFirst(asking)) return undefined;
    const [row] = await this.#database.select().from(table).where(the(asking));
    // Between the two questions the first one has failed.
    if (!row) throw inProgress();
    if (row.asked !== asking.asked) throw new ServonautError('idempotency_key_reused');
    if (row.status === null) throw Date.now() - row.createdAt.getTime() < RUNNING_MS ? inProgress() : unknownOutcome();
    if (row.answerSealed === null || row.expiresAt <= new Date()) throw toldNoMore();
    return { status: row.status, body: this.#box.open(row.answerSealed, aboutOf(asking)) };
  }

  /** @param hasSecret whether there is a token in it, or a link that is one, which nobody is to get from here long after, when it may have been revoked */
  async keep(asking: Asking, { status, body }: KeptAnswer, hasSecret = false): Promise<void> {
    const answerSealed = this.#box.seal(body, aboutOf(asking));
    const expiresAt = hasSecret ? { expiresAt: new Date(Date.now() + this.#bounds.secretMinutes * MINUTE_MS) } : {};
    await this.#database
      .update(table)
      .set({ status, answerSealed, ...expiresAt })
      .where(the(asking));
    await this.#makeRoom(asking);
  }

  /** As if it had never been asked. */
  async forget(asking: Asking): Promise<void> {
    await this.#database.delete(table).where(the(asking));
  }

  /** Forgets the keys whose time is over, and of those whose answer's time is, the answer. @returns how many, of whichever there were more */
  async sweep(rows: number): Promise<number> {
    const now = new Date();
    const gone = await this.#database
      .delete(table)
      .where(this.#some(rows, this.#isOver(now)))
      .returning({ key: table.key });
    const hasAnswer = and(lte(table.expiresAt, now), isNotNull(table.answerSealed));
    const emptied = await this.#database
      .update(table)
      .set({ answerSealed: null })
      .where(this.#some(rows, hasAnswer))
      .returning({ key: table.key });
    return Math.max(gone.length, emptied.length);
  }

  /** Some of which that is so, which is asked of each once more. */
  #some(rows: number, isSo: SQL | undefined): SQL | undefined {
    return and(inArray(table.key, this.#database.select({ key: table.key }).from(table).where(isSo).limit(rows)), isSo);
  }

  /** The end of an answer with a secret comes before that of its key. */
  #isOver(now: Date): SQL {
    const begun = new Date(now.getTime() - this.#bounds.keyHours * HOUR_MS);
    return sql`${lte(table.expiresAt, now)} and ${lte(table.createdAt, begun)}`;
  }

  async #isFirst({ principalId, key, asked }: Asking): Promise<boolean> {
    const now = new Date();
    const fresh = { asked, status: null, answerSealed: null, createdAt: now, expiresAt: this.#endOf(now) };
    const begun = await this.#database
      .insert(table)
      .values({ principalId, key, ...fresh })
      .onConflictDoUpdate({
        target: [table.principalId, table.key],
        set: fresh,
        setWhere: this.#isOver(now),
      })
      .returning({ key: table.key });
    return begun.length > 0;
  }

  /** Of the principal's keys the oldest go, but none whose request may still be running. */
  async #makeRoom({ principalId }: Asking): Promise<void> {
    const theirs = eq(table.principalId, principalId);
    const latest = this.#database
      .select({ key: table.key })
      .from(table)
      .where(theirs)
      .orderBy(desc(table.createdAt), table.key)
      .limit(this.#bounds.keys);
    const ended = or(isNotNull(table.status), lte(table.createdAt, new Date(Date.now() - RUNNING_MS)));
    await this.#database.delete(table).where(and(theirs, ended, notInArray(table.key, latest)));
  }

  #endOf(now: Date): Date {
    return new Date(now.getTime() + this.#bounds.keyHours * HOUR_MS);
  }
}

const the = ({ principalId, key }: Asking) => and(eq(table.principalId, principalId), eq(table.key, key));

/** A sealed answer opens for nobody else, and under no other key. */
const aboutOf = ({ principalId, key }: Asking): string => `${principalId} ${key}`;

function inProgress(): ServonautError {
  return new ServonautError('request_in_progress', { facts: { retry_after_seconds: RETRY_SECONDS } });
}

/** As when the coordinator was killed in the middle: to do it again might do it twice. */
export function unknownOutcome(): ServonautError {
  return new ServonautError('conflict', {
    message: 'The first request with this Idempotency-Key did not end: it may or may not have been done.',
    nextStep: 'Look whether it was done. If it was not, ask again with another key.',
  });
}

function toldNoMore(): ServonautError {
  return new ServonautError('conflict', {
    message: 'What was asked for with this Idempotency-Key was done. Its answer had a secret, and is given no more.',
    nextStep: 'Look for what was made. If its token or link was lost, revoke it, and ask again with another key.',
  });
}
