/** An answer, with its text read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Path and query of where the browser is sent; null when it is not. */
  readonly location: string | null;
}

/** Keeps cookies and fills in forms, as a browser does; redirects are not followed. Sees the markup only: no style, no policy. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;
  readonly #address: string;

  /** @param address where that origin listens, when a proxy would stand before it */
  constructor(origin: string, address = origin) {
    this.#origin = origin;
    this.#address = address;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  /** Everything that was said of cookies. */
  readonly lines: string[] = [];

  /** As if something else had set the cookie. */
  keep(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async get(path: string): Promise<Answer> {
    return this.#ask(path, {});
  }

  /** Sends the form of `page` that goes to `action`, with its hidden fields. */
  async submit(page: Answer, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.post(action, { ...hiddenFields(page, action), ...fields });
  }

  /** @param headers in place of those of a browser on a page of this origin */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const given = headers ?? { origin: this.#origin };
    return this.#ask(path, { method: 'POST', headers: given, body: new URLSearchParams(fields) });
  }

  async #ask(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { ...(init.headers as Record<string, string> | undefined), ...(cookie && { cookie }) };
    const response = await fetch(new URL(path, this.#address), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get('location'),
    };
  }

  #keep(line: string): void {
    this.lines.push(line);
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (attributes.some((attribute) => /^ *expires=Thu, 01 Jan 1970/i.test(attribute))) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

/** @throws Error when the page has no such form. */
export function hiddenFields({ text }: Pick<Answer, 'text'>, action: string): Record<string, string> {
  const form = [...text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)].find(
    ([, to]) => to === action,
  );
  if (!form)
    throw new Error(`the page has no form that goes to ${action}: ${/<main.*?<\/main>/s.exec(text)?.[0] ?? text}`);
  const fields = [...(form[2] ?? '').matchAll(/<input\s+type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g)];
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
}
