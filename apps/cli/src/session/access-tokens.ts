/** The bearer tokens of a profile, one after the other. */
export interface AccessTokens {
  /** What to send now. @throws ServonautError `signed_out` */
  current(): Promise<string>;
  /**
   * What to send in place of a token that was refused. Undefined: there is nothing else, and the refusal stands.
   * @throws ServonautError `signed_out`
   */
  renewed(refused: string): Promise<string | undefined>;
}

/** A credential that somebody was given: it is never renewed. */
export class StaticToken implements AccessTokens {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  current(): Promise<string> {
    return Promise.resolve(this.#token);
  }

  renewed(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
