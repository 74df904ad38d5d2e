/** Text of one look. */
export interface StyledText {
  readonly text: string;
  readonly color?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

type Look = Omit<StyledText, 'text'>;

/** The eight colours and their bright forms (ECMA-48, 8.3.117), as they are read well on a dark background. */
const COLORS = ['#5c6370', '#ef6b73', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d7dae0'];

/** The pieces of a row as tmux prints it with `capture-pane -e`. What it may hold besides colour, bold and dim is left out. */
export function styledText(row: string): StyledText[] {
  const pieces: StyledText[] = [];
  let look: Look = {};
  // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
  for (const [index, part] of row.split(/\u001B\[([\d;]*)m/).entries()) {
    if (index % 2 === 1) look = part.split(';').map(Number).reduce(changed, look);
    else if (part !== '') pieces.push({ text: part, ...look });
  }
  return pieces;
}

function changed(look: Look, code: number): Look {
  const { color, ...plain } = look;
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return color === undefined ? {} : { color };
  if (code === 39) return plain;
  const bright = code >= 90 ? code - 90 : code - 30;
  const named = COLORS[bright];
  return named === undefined ? look : { ...look, color: named };
}
