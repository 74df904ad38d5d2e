import { expect, it } from '@jest/globals';
import { Redactor } from './redactor.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));

it.each([
  'password:\nuser: olga\n',
  'Enter password:\nWelcome to web-1\n',
  'secrets:\n  - db_password\n  - api_key\n',
  'imagePullSecrets:\n  - name: registry\n',
  'volumes:\n  - name: db-password\n    secret:\n      secretName: web\n      optional: true\n',
  'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: web\n        key: value\n',
  'credentials:\n  username: olga\n  expires: 30d\n',
  'apiVersion: v1\ndata:\n  LOG_LEVEL: info\n  mode: production\nkind: ConfigMap\n',
  'apiVersion: v1\nkind: Pod\nspec:\n  data:\n    a: dGVzdHRlc3Q=\n',
])('nothing is awaited that is no secret: %j', (text) => {
  expect(redactor.redact(text).text).toBe(text);
});

it('ends with the block that the name has opened', () => {
  expect(redactor.redact('a:\n  password: |\n    one\n\n    two\n  user: olga\nb: three\n').text).toBe(
    'a:\n  password: |\n    [redacted: named-secret]\n\n    [redacted: named-secret]\n  user: olga\nb: three\n',
  );
});
