import { describe, expect, it } from '@jest/globals';
import { isWithin, type Window } from './rule-times.ts';

const nights: Window = { days: ['mon', 'tue'], from: '22:00', to: '06:00', zone: 'Europe/Berlin' };
const berlin = (from: string, to: string): Window => ({ from, to, zone: 'Europe/Berlin' });

describe('a time window', () => {
  it.each<[string, Window, string, boolean]>([
    ['opens to the minute', nights, '2026-11-23T21:00:00Z', true],
    ['is shut before', nights, '2026-11-23T20:59:59Z', false],
    ['goes on after midnight', nights, '2026-11-24T04:59:59Z', true],
    ['shuts to the minute', nights, '2026-11-24T05:00:00Z', false],
    ['belongs to the day on which it begins', nights, '2026-11-25T04:00:00Z', true],
    ['does not begin on a day that is not named', nights, '2026-11-25T22:00:00Z', false],
    ['does not go on from a day that is not named', nights, '2026-11-23T03:00:00Z', false],
    ['goes from Sunday to Monday', { ...nights, days: ['sun'] }, '2026-11-23T03:00:00Z', true],
    ['may be a whole day', { ...nights, from: '00:00', to: '24:00' }, '2026-11-24T22:59:59Z', true],
    ['of a whole day ends with it', { ...nights, from: '00:00', to: '24:00' }, '2026-11-24T23:00:00Z', false],
    ['may end at midnight', { ...nights, to: '00:00' }, '2026-11-24T23:00:00Z', false],
    ['is of every day when none is named', berlin('08:00', '18:00'), '2026-11-29T07:00:00Z', true],
    ['follows summer time', berlin('08:00', '18:00'), '2026-07-01T06:00:00Z', true],
    ['is cut by the hour that is left out', berlin('01:00', '02:30'), '2026-03-29T01:00:00Z', false],
    ['is open up to the hour that is left out', berlin('01:00', '02:30'), '2026-03-29T00:59:00Z', true],
    ['within the hour that is left out never comes', berlin('02:15', '02:45'), '2026-03-29T01:30:00Z', false],
    ['within the hour that comes twice is open first', berlin('02:15', '02:45'), '2026-10-25T00:30:00Z', true],
    ['within the hour that comes twice shuts between', berlin('02:15', '02:45'), '2026-10-25T00:50:00Z', false],
    ['within the hour that comes twice is open again', berlin('02:15', '02:45'), '2026-10-25T01:30:00Z', true],
    ['has the date of its zone', { ...nights, zone: 'Pacific/Auckland' }, '2026-11-23T09:00:00Z', true],
  ])('%s', (_, window, now, open) => {
    expect(isWithin(window, new Date(now))).toBe(open);
  });
});
