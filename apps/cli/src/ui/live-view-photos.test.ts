import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { missingTerminal, startTerminal, unlessMissing, type TestTerminal } from '@servonaut/testkit';

const PLAYER = fileURLToPath(new URL('testing/play-live-view.ts', import.meta.url));
/** The keys are the last rows of the panel. */
const WHOLE = /(Ctrl-C stops|pause)$/;

/** Photographs of what `connect` shows, in a real terminal. Whoever changes the view looks at what has become of them: `--updateSnapshot`. */
const inTerminal = unlessMissing(it, missingTerminal());

const terminals: TestTerminal[] = [];
async function aTerminal(variables: string): Promise<TestTerminal> {
  const play = `env -u NO_COLOR -u FORCE_COLOR -u CI TZ=UTC ${variables} ${process.execPath} -C @servonaut/source ${PLAYER}`;
  const terminal = await startTerminal({ command: play, columns: 80, rows: 24 });
  terminals.push(terminal);
  return terminal;
}

async function photograph(terminal: TestTerminal, scene: string, columns: number): Promise<string> {
  await terminal.type('x');
  await terminal.resize(columns, 24);
  await terminal.shows(new RegExp(`^EMPTY ${columns}$`));
  await terminal.type(scene);
  await terminal.shows(WHOLE);
  return (await terminal.screen(true)).replaceAll('\u001B', '^');
}

let coloured: TestTerminal;
let plain: TestTerminal;
beforeAll(async () => {
  if (missingTerminal() === undefined) [coloured, plain] = await Promise.all([aTerminal(''), aTerminal('NO_COLOR=1')]);
});
afterAll(() => Promise.all(terminals.map((terminal) => terminal.stop())));

inTerminal.each([
  ['nothing to do', 'i', 80],
  ['eight requests that run', 'b', 80],
  ['a question', 'a', 80],
  ['a question on 60 columns', 'a', 60],
  ['a question on 40 columns', 'a', 40],
  ['long names', 'l', 80],
  ['no connection, and a pause', 'c', 80],
])('%s', async (_what, scene, columns) => {
  expect(await photograph(coloured, scene, columns)).toMatchSnapshot();
});

inTerminal('a question without colours says the same', async () => {
  const shown = await photograph(plain, 'a', 80);
  expect(shown).not.toContain('^');
  await photograph(coloured, 'a', 80);
  expect(await coloured.screen()).toBe(shown);
});

inTerminal('follows the terminal that becomes narrower', async () => {
  await photograph(coloured, 'b', 80);
  await coloured.resize(50, 24);
  const shown = await coloured.shows(/^-{50}$/m);
  expect(shown.slice(shown.indexOf('-----'))).toMatchSnapshot();
});
