import { expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/plugin-sdk';
import { z } from 'zod';
import { reasonOf } from './source-context.ts';

const notAsKnown = z.object({ servers: z.array(z.object({ status: z.string() })) }).safeParse({ servers: [{}] }).error;

it.each([
  ['an error', new Error('It is away.'), 'It is away'],
  ['what is no error', 'away', 'away'],
  ['one with the usual step', new ServonautError('unavailable', { message: 'X is away.' }), 'X is away'],
  [
    'one with a step of its own',
    new ServonautError('config_invalid', { message: 'X is not set.', nextStep: 'Set it.' }),
    'X is not set. Set it',
  ],
  [
    'an answer that is not as documented',
    notAsKnown,
    'it answered what it is not known to answer: ✖ Invalid input: expected string, received undefined\n  → at servers[0].status',
  ],
])('the operator is told in words of %s', (_, error, text) => expect(reasonOf(error)).toBe(text));
