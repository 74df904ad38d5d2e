/** A form of a page, with what its fields hold; the first button counts as pressed. */
export interface PageForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
};

/** As far as the markup of the pages, and of the library's two forms, goes. */
export function formsOf(page: string): PageForm[] {
  return [...page.matchAll(/<form\b[^>]*\baction="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action = '', inside = '']) => {
      const tags = [...inside.matchAll(/<(?:input|button|textarea)\b[^>]*>/gs)].map(([tag]) => tag);
      const pairs = tags.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')] as const);
      const fields = Object.fromEntries(pairs.toReversed().filter(([name]) => name !== ''));
      return { action: new URL(text(action), 'http://localhost').pathname, fields };
    },
  );
}

function attribute(tag: string, name: string): string {
  return text(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
}

function text(escaped: string): string {
  return escaped.replaceAll(/&(?:amp|quot|#39|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}
