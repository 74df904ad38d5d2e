import { describe, expect, it } from '@jest/globals';
import { weaknessOf } from './password-rules.ts';

const ABOUT = ['ada.lovelace@example.com'];

describe('a new password', () => {
  it.each([
    'correct horse battery staple',
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
  ])('is not %j, which is easy to guess', (password) => {
    expect(weaknessOf(password, ABOUT)).toContain('easy to guess');
  });
});
