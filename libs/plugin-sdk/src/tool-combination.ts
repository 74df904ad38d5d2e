import type { Combination, ToolManifest } from '@servonaut/contracts';

/** What `data`, or a list in it, has in each row. */
type FieldOf<Data> =
  | keyof Data
  | { [Field in keyof Data]: NonNullable<Data[Field]> extends readonly (infer Row)[] ? keyof Row : never }[keyof Data];
type NameOf<Data> = Extract<FieldOf<Data>, string>;

/** A combination of answers of this shape: what no row has is no name for anything. */
export interface CombinationOf<Data> extends Combination {
  rows?: Extract<keyof Data, string> | undefined;
  key?: NameOf<Data> | undefined;
  sum?: NameOf<Data>[] | undefined;
  least?: NameOf<Data>[] | undefined;
  greatest?: NameOf<Data>[] | undefined;
  first?: NameOf<Data>[] | undefined;
  order: { by: NameOf<Data> | 'server' | 'servers'; direction: 'ascending' | 'descending' }[];
  columns: (NameOf<Data> | 'server' | 'servers')[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong with how a tool puts the answers of many servers together; undefined when it fits what the tool answers. */
export function combinationFault({ target, data_schema: data, combine }: ToolManifest): string | undefined {
  if (!combine) return undefined;
  if (target !== 'server') return 'it acts on no server, so it has nothing to combine';
  const fields = rowFields(data, combine);
  if (!fields) return `combine.rows: its data has no list of objects${combine.rows ? ` called "${combine.rows}"` : ''}`;
  const { key, similar, sum = [], least = [], greatest = [], first = [], order, columns } = combine;
  const joined = [...sum, ...least, ...greatest, ...first];
  if (key === undefined && (similar || joined.length > 0)) return 'combine: without a key no rows become one';
  const sent = key === undefined ? [] : [key, ...joined];
  const unsent = sent.find((field) => !fields.includes(field));
  if (unsent !== undefined) return `combine: its rows have no field "${unsent}"`;
  const shown = key === undefined ? [...fields, 'server'] : [...sent, 'servers'];
  const unshown = [...columns, ...order.map(({ by }) => by)].find((field) => !shown.includes(field));
  if (unshown !== undefined) return `combine: the rows of many servers have no field "${unshown}"`;
  return undefined;
}

function rowFields(data: JsonObject | undefined, { rows }: Combination): string[] | undefined {
  const schema = rows === undefined ? data : objectAt(data, 'properties', rows, 'items');
  const properties = objectAt(schema, 'properties');
  return properties && Object.keys(properties);
}

function objectAt(node: JsonObject | undefined, ...path: string[]): JsonObject | undefined {
  return path.reduce<JsonObject | undefined>((at, step) => {
    const next = at && Object.hasOwn(at, step) ? at[step] : undefined;
    return typeof next === 'object' && next !== null ? (next as JsonObject) : undefined;
  }, node);
}
