import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { Scope } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { CredentialService, Invitations, UserService } from '../auth/index.ts';

/** What a newcomer needs: exactly what `bootstrap.json` holds. */
export interface BootstrapFacts {
  readonly url: string;
  readonly admin_token: string;
  readonly user_id: string;
  readonly executor_token: string;
  readonly agent_token: string;
  /** Where the admin chooses a password; good once, and for some days. */
  readonly invitation_url: string;
}

/** Name of the user that the first start makes. That it is unique decides which of several processes makes it. */
const FIRST_USER = 'admin';

/** Makes the first user, an invitation and three credentials when there is no user at all. */
@Injectable()
export class FirstStart {
  /** Where the facts are, for the eyes of this process's owner only. */
  readonly file: string;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(DATABASE) private readonly database: Database,
    private readonly users: UserService,
    private readonly credentials: CredentialService,
    private readonly invitations: Invitations,
  ) {
    this.file = path.join(config.dataDir, 'bootstrap.json');
  }

  /** @returns the facts when this was the first start of all processes on this database, and otherwise undefined. */
  async run(): Promise<BootstrapFacts | undefined> {
    if (await this.users.none()) return this.#makeAndKeep();
    await this.#correctUrl();
    return undefined;
  }

  /** The file comes before the commit: a crash between the two leaves a file that the next start replaces, never tokens that nobody has. */
  #makeAndKeep(): Promise<BootstrapFacts | undefined> {
    return this.database.transaction(async (transaction) => {
      const facts = await this.#make(transaction);
      if (facts) await this.#write(facts);
      return facts;
    });
  }

  async #make(transaction: Database): Promise<BootstrapFacts | undefined> {
    const user = await this.users.createUnlessTaken(FIRST_USER, 'admin', transaction);
    if (!user) return undefined;
    const issue = async (label: string, scope: Scope): Promise<string> => {
      const wanted = { userId: user.id, label, scopes: [scope], createdBy: null };
      return (await this.credentials.issue(wanted, { database: transaction })).token;
    };
    return {
      url: this.config.publicUrl,
      admin_token: await issue('admin', 'admin'),
      user_id: user.id,
      executor_token: await issue('executor', 'relay:connect'),
      agent_token: await issue('agent', 'mcp:tools'),
      invitation_url: await this.#invite(user.id, transaction),
    };
  }

  async #invite(userId: string, transaction: Database): Promise<string> {
    const wanted = { email: this.config.people.adminEmail, role: 'admin', userId } as const;
    return (await this.invitations.invite(wanted, null, transaction)).url;
  }

  /** The port may be another one than at the first start. The owner may also have removed the file, as is wise. */
  async #correctUrl(): Promise<void> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return;
    const facts = JSON.parse(text) as BootstrapFacts;
    if (facts.url !== this.config.publicUrl) await this.#write(movedTo(this.config.publicUrl, facts));
  }

  async #write(facts: object): Promise<void> {
    await mkdir(this.config.dataDir, { recursive: true, mode: 0o700 });
    const aside = `${this.file}.${process.pid}.new`;
    await writeFile(aside, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(aside, this.file);
  }
}

/** Files of earlier versions have no invitation. */
function movedTo(url: string, facts: Omit<BootstrapFacts, 'invitation_url'> & Partial<BootstrapFacts>): object {
  const { invitation_url: invitation } = facts;
  const moved = invitation === undefined ? {} : { invitation_url: url + new URL(invitation).pathname };
  return { ...facts, url, ...moved };
}
