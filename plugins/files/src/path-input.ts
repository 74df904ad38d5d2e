import { z } from '@servonaut/plugin-sdk';

/** Absolute, so that it is neither an option nor `-` for standard input. Characters; PATH_MAX of Linux. */
export const pathSchema = z.string().max(4_096).startsWith('/', 'expected an absolute path');
