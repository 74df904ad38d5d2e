import { describe, expect, it } from '@jest/globals';
import { weaknessOf } from './password-rules.ts';

const ABOUT = ['ada.lovelace@example.com'];

describe('a new password', () => {
  it.each([
    'copper horse battery lantern',
    'tramway-onion-quartz',
    'Пароль из трёх слов',
    '🦊 lamp 🪶 river 🧊',
    '  spaces count  too',
  ])('may be %j', (password) => {
    expect(weaknessOf(password, ABOUT)).toBeUndefined();
  });

  it.each([
    ['', 'at least 12'],
    ['tram-onion1', 'at least 12'],
    // Eleven characters, though 22 units of UTF-16.
    ['🦊🐙🦋🐢🦉🐝🦀🐳🦒🦓🦔', 'at least 12'],
    ['x'.repeat(201), 'at most 200'],
  ])('is not %j: %s characters', (password, reason) => {
    expect(weaknessOf(password, ABOUT)).toContain(reason);
  });

  it.each([
    'aaaaaaaaaaaaaaaa',
    'abababababababab',
    'password12345678',
    'Password1234567890',
    'ServonautServonaut',
    'qwertyuiop1234567890',
    'ada.lovelace@example.com',
    'Lovelace-Lovelace',
    'AdaLovelace1234',
    'servonaut-admin-1',
    'ｐａｓｓｗｏｒｄ12345678',
    'Summer2026!!!',
    'football2026!',
    'P@ssw0rd2026!',
    '1q2w3e4r5t6y',
    'zaq12wsxcde3',
    'qazwsxedcrfv',
    'trustno1trustno1',
    'correcthorsebatterystaple',
    'Correct Horse Battery Staple 1',
    'correct-horse-battery-staple',
  ])('is not %j, which is easy to guess', (password) => {
    expect(weaknessOf(password, ABOUT)).toContain('easy to guess');
  });
});
