import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { describeHeader } from '../openapi/describe.ts';

/** Of RFC 9110 section 8.8.3, with the white space and the empty members that section 5.6.1.2 wants a recipient to take. */
const MEMBER = /[\t ]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[\t ]*(?:,|$)/y;
/** As `entityTagOf` writes it. Nine digits: no column overflows. */
const VERSION = /^[1-9]\d{0,8}$/;
/** Of nothing: versions begin at 1. */
const NO_VERSION = 0;

/** The strong entity tag of a version (RFC 9110 section 8.8.3). */
export function entityTagOf(version: number): string {
  return `"${version}"`;
}

/**
 * What an `If-Match` (RFC 9110 section 13.1.1) asks the version to be: undefined for any, also of `*`; 0, which no thing has, when nothing that we gave out is
 * named. A weak tag never matches.
 * @throws ServonautError `invalid_request` when it is malformed, or names several versions: a change is made to one
 */
export function readIfMatch(header: string | undefined): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '*') return undefined;
  const named = new Set(strongTags(text).filter((tag) => VERSION.test(tag)));
  if (named.size > 1) throw invalid('expected one entity tag');
  const [version = NO_VERSION] = named;
  return Number(version);
}

function strongTags(text: string): string[] {
  const tags: string[] = [];
  let members = 0;
  MEMBER.lastIndex = 0;
  while (MEMBER.lastIndex < text.length) {
    const [, weak, tag] = MEMBER.exec(text) ?? [null, null, null];
    if (tag === null) throw invalid('expected "<version>" or *');
    if (tag !== undefined) members += 1;
    if (tag !== undefined && weak === undefined) tags.push(tag);
  }
  if (members === 0) throw invalid('expected "<version>" or *');
  return tags;
}

function invalid(problem: string): ServonautError {
  return new ServonautError('invalid_request', { message: `If-Match: ${problem}` });
}

const parameter = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIfMatch(context.switchToHttp().getRequest<Request>().headers['if-match']),
);

/** The version that the caller has seen (`number | undefined`), for a change that is to be made only to that one. */
export function IfMatch(): ParameterDecorator {
  return (target, method, index) => {
    parameter()(target, method, index);
    describeHeader(target, method, DESCRIPTION);
  };
}

const DESCRIPTION = {
  name: 'If-Match',
  description: 'The `ETag` of what was read. When it has been changed since, nothing is done and the answer is 412.',
  schema: z.string().regex(/^(?:\*|"[1-9][0-9]{0,8}")$/),
} as const;
