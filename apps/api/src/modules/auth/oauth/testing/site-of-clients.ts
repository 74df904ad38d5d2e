import { ClientDocuments } from '../client-documents.ts';

/** The internet, as far as it is needed: one site, of which the addresses say what is there. */
export class SiteOfClients extends ClientDocuments {
  asked: string[] = [];
  /** What it answers in place of any document; null: nothing at all. */
  instead: string | null | undefined;
  readonly #documents: ReadonlyMap<string, object>;

  constructor(documents: Readonly<Record<string, object>>) {
    super();
    this.#documents = new Map(Object.entries(documents));
  }

  override async fetch(url: URL): Promise<Response> {
    this.asked.push(url.href);
    const document = this.#documents.get(url.pathname);
    if (document === undefined || this.instead === null) throw new TypeError('the document was not fetched');
    return this.instead === undefined
      ? Response.json({ client_id: url.href, ...document })
      : new Response(this.instead);
  }
}
