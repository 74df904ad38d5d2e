declare const shellCommandBrand: unique symbol;

/**
 * A command line that is safe to hand to `/bin/sh -c`. Only `sh` (which quotes every value) and `rawShell` (which says in so many words that
 * the caller's text is the command) make one, so that a forgotten quote does not compile.
 */
export type ShellCommand = string & { readonly [shellCommandBrand]: true };
