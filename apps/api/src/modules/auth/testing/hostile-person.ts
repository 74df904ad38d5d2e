import { Browser, type Answer } from '../pages/testing/browser.ts';
import { codeOf, PASSWORD } from '../people/testing/people.ts';
import type { Chance } from './chance.ts';
import { JUNK } from './hostile-requests.ts';
import { formsOf, type PageForm } from './page-forms.ts';

/** What a person finds at a coordinator. */
export interface HostilePlace {
  readonly url: string;
  /** Path of an invitation for somebody new. */
  invite(email: string): Promise<string>;
  /** A path to begin from. */
  page(): Promise<string>;
  /** Code of a device that waits. */
  userCode(): Promise<string>;
  /** Path and query with which a browser comes back that was sent to another origin. */
  comeBack(from: URL): string;
  /** Sees each answer, with what it is an answer to. */
  judge(answer: Answer, request: object): void;
}

const CREDENTIAL = JSON.stringify({
  id: 'AA',
  rawId: 'AA',
  type: 'public-key',
  response: {
    clientDataJSON: 'AA',
    attestationObject: 'AA',
    authenticatorData: 'AA',
    signature: 'AA',
    userHandle: 'AA',
  },
});
const MOST_REDIRECTS = 6;
const SPOILT = 0.8;
const GOES_ON = 0.7;

/** Somebody who has an account, and sends what the pages have with something in it that does not belong there. */
export class HostilePerson {
  readonly #place: HostilePlace;
  readonly #chance: Chance;
  #browser: Browser;
  #email = '';
  #people = 0;
  #page: Answer | undefined;
  /** Of the second factor that was offered last. */
  #totp: string | undefined;

  constructor(place: HostilePlace, chance: Chance) {
    this.#place = place;
    this.#chance = chance;
    this.#browser = new Browser(place.url);
  }

  /** Sends one request, besides those that it takes to get there. */
  async step(): Promise<void> {
    if (!this.#isSignedIn()) await this.#signIn();
    const form = this.#chance.pick(await this.#forms());
    if (form === undefined) return this.#wander();
    const fields = this.#spoil(await this.#filledIn(form.fields));
    const origin = this.#chance.happens(0.05) ? 'https://evil.example' : this.#place.url;
    const action = form.action;
    const answer = await this.#browser
      .post(action, fields, { origin })
      .then((sent) => this.#seen(sent, { action, fields }));
    this.#page = this.#chance.happens(GOES_ON) ? await this.#follow(answer) : undefined;
  }

  #isSignedIn(): boolean {
    return [...this.#browser.cookies.keys()].some((name) => name.endsWith('svn_session'));
  }

  /** As the one who signed in last, while that goes; then as somebody new. */
  async #signIn(): Promise<void> {
    this.#page = undefined;
    const page = await this.#browser.get('/sign-in');
    if (this.#email !== '') await this.#browser.submit(page, '/sign-in', { email: this.#email, password: PASSWORD });
    if (this.#isSignedIn()) return;
    this.#browser = new Browser(this.#place.url);
    this.#email = `hostile-${(this.#people += 1)}@example.com`;
    const path = await this.#place.invite(this.#email);
    await this.#browser.submit(await this.#browser.get(path), path, { password: PASSWORD });
  }

  async #forms(): Promise<readonly (PageForm | undefined)[]> {
    this.#page ??= await this.#open(await this.#place.page());
    const forms = formsOf(this.#page.text);
    this.#totp = /otpauth:[^"&]+(?:&amp;[^"&]+)*/.exec(this.#page.text)?.[0].replaceAll('&amp;', '&') ?? this.#totp;
    return [...forms, ...(forms.length > 2 ? [] : [undefined])];
  }

  /** Asks for a page with a spoilt query. */
  async #wander(): Promise<void> {
    this.#page = await this.#open(this.#spoiltQuery(await this.#place.page()));
  }

  async #open(path: string): Promise<Answer> {
    return this.#follow(this.#seen(await this.#browser.get(path), { path }));
  }

  /** Out to other origins too, from where it comes back with something spoilt. */
  async #follow(first: Answer): Promise<Answer> {
    let answer = first;
    for (let times = 0; answer.location !== null && times < MOST_REDIRECTS; times += 1) {
      const to = new URL(answer.location, this.#place.url);
      const path =
        to.origin === this.#place.url ? to.pathname + to.search : this.#spoiltQuery(this.#place.comeBack(to));
      answer = this.#seen(await this.#browser.get(path), { path });
    }
    return answer;
  }

  #spoiltQuery(address: string): string {
    const [path = '', query = ''] = address.split('?');
    const spoilt = this.#spoil(Object.fromEntries(new URLSearchParams(query)));
    return `${path}?${new URLSearchParams(spoilt).toString()}`;
  }

  async #filledIn(fields: PageForm['fields']): Promise<Record<string, string>> {
    const right: Readonly<Record<string, () => string | Promise<string>>> = {
      email: () => this.#email,
      password: () => PASSWORD,
      current: () => PASSWORD,
      code: () => (this.#totp === undefined ? '000000' : codeOf(this.#totp)),
      user_code: () => this.#place.userCode(),
      label: () => 'a key',
      credential: () => CREDENTIAL,
    };
    const filled: Record<string, string> = {};
    for (const [name, value] of Object.entries(fields)) filled[name] = value || ((await right[name]?.()) ?? '');
    return filled;
  }

  /** Something of it changed, left out or added, most of the time. */
  #spoil(fields: Readonly<Record<string, string>>): Record<string, string> {
    const spoilt: Record<string, string> = { ...fields };
    if (!this.#chance.happens(SPOILT)) return spoilt;
    const name = this.#chance.pick([...Object.keys(fields), 'answer', 'abort', '__proto__', 'attempt']);
    if (this.#chance.happens(0.2)) delete spoilt[name];
    else Object.defineProperty(spoilt, name, { value: this.#chance.pick(JUNK), enumerable: true, configurable: true });
    return spoilt;
  }

  #seen(answer: Answer, request: object): Answer {
    this.#place.judge(answer, request);
    return answer;
  }
}
