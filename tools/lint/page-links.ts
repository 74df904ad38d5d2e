import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A link of a page that leads nowhere. */
export interface DeadLink {
  readonly page: string;
  readonly link: string;
}

/** Of all pages of the repository below `root`: links to files or headings that are not there. Addresses on the web are not asked. */
export function deadLinks(root: string): DeadLink[] {
  return pages(root).flatMap((page) =>
    links(readFileSync(join(root, page), 'utf8'))
      .filter((link) => !leadsSomewhere(root, page, link))
      .map((link) => ({ page, link })),
  );
}

/** The tests that a page names, as paths from the root. */
export function namedTests(text: string): string[] {
  return [...text.matchAll(/`((?:apps|libs|plugins|e2e|tools)\/[\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path);
}

function pages(root: string): string[] {
  return ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
}

function links(text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^(?:https?|mailto):/.test(link));
}

function leadsSomewhere(root: string, page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || headings(target).includes(anchor);
}

/** As GitHub makes anchors of headings: small letters, no punctuation, hyphens for spaces. */
function headings(file: string): string[] {
  const prose = readFileSync(file, 'utf8').replaceAll(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
