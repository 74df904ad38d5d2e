/** Texts of about `length` characters each of which is the worst for some part of reading them. */
export function worstCommands(length: number): Readonly<Record<string, string>> {
  const many = (text: string) => text.repeat(Math.floor(length / text.length));
  const nested = (open: string, inner: string, close: string) => {
    const times = Math.floor(length / (open.length + close.length));
    return `${open.repeat(times)}${inner}${close.repeat(times)}`;
  };
  return {
    semicolons: many('ls;'),
    'open substitutions': many('$('),
    'nested substitutions': nested('$(', 'ls', ')'),
    'quoted substitutions': many('"$('),
    backquotes: many('`ls`'),
    'aliases of backquotes': many('alias a=`b`;'),
    subshells: nested('(', 'ls', ')'),
    expressions: nested('$((', '1', '))'),
    'a long expression': `echo $((${many('1+')}1))`,
    defaults: nested('${x:-', 'a', '}'),
    'here-documents': many('cat <<A\nA\n'),
    'here-documents of one line': `cat ${many('<<A ')}\n`,
    functions: many('f(){ ls;}\n'),
    'nested functions': many('f() '),
    conditions: many('if ls; then '),
    pipes: `${many('ls|')}ls`,
    'background commands': many('ls & '),
    braces: `echo ${many('{a,b}')}`,
    'nested braces': nested('{a,', 'b', '}'),
    redirections: many('>a '),
    assignments: many('a=b '),
    variables: `echo ${many('$x')}`,
    'a huge word': many('a'),
    words: `echo ${many('a ')}`,
    backslashes: many('\\'),
    'file patterns': `rm ${many('/a*')}`,
    wrappers: `${many('env ')}ls`,
    options: `sort ${many('--zzz ')}`,
    'find expressions': `find ${many('-exec ls {} ; ')}`,
    'a sed script': `sed '${many('s/a/b/;')}'`,
    newlines: many('\n'),
  };
}
