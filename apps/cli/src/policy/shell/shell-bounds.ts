/**
 * Bounds of a text, each of which keeps the time that reading it takes in proportion to its length. What is beyond them is not understood. The
 * policy may not move them: no command that people write comes near them.
 */
export const SHELL_BOUNDS = {
  /** Characters: the longest command that the wire carries. */
  length: 65_536,
  /** Characters that mean something to a shell; each may become a node of its tree. */
  syntax: 16_384,
  /** Characters times what begins a text within the text: the parser reads the inner ones again. */
  reading: 1_048_576,
  /** Texts within texts: `sh -c "sh -c …"`, and commands that run commands. */
  depth: 16,
  /** Characters of texts within texts together. */
  inner: 131_072,
  /** Texts that one word may be and that are looked at one by one: those of a loop, or of loops within loops. */
  texts: 8,
  /** Commands that are listed one by one. */
  commands: 4_096,
  /** Places of one command that are told. */
  named: 16,
  /** Characters of a command that are shown. */
  shown: 200,
} as const;
