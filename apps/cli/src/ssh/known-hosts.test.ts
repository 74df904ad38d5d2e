import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeSshKey, temporaryFolder } from '@servonaut/testkit';
import { fingerprint } from './host-key.ts';
import { appendKnownHost, readKnownHosts } from './known-hosts-file.ts';
import { KnownHosts } from './known-hosts.ts';

const folder = await temporaryFolder();
const one = (await makeSshKey(join(folder, 'one'))).publicKey.split(' ').slice(0, 2).join(' ');
const two = (await makeSshKey(join(folder, 'two'))).publicKey.split(' ').slice(0, 2).join(' ');
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

const at = (host: string, port = 22, alias?: string) => ({ host, port, alias });
const check = (text: string, place = at('web.example'), key = blob(one)) => new KnownHosts([text]).check(place, key);

describe('known_hosts', () => {
  it.each([
    ['a plain name', `web.example ${one}`, at('web.example')],
    ['a name in another case', `Web.Example ${one}`, at('WEB.example')],
    ['a list', `other,web.example,192.0.2.1 ${one}`, at('192.0.2.1')],
    ['a name with a port', `[web.example]:2222 ${one}`, at('web.example', 2222)],
    ['a name that is recorded without its port', `web.example ${one}`, at('web.example', 2222)],
    ['a pattern', `*.example,db? ${one}`, at('db7')],
    ['an alias, whatever the port', `front ${one}`, at('192.0.2.9', 2222, 'front')],
    ['a line with a comment and odd spaces', `  web.example\t${one} op@desk`, at('web.example')],
    ['a line after comments and empty ones', `# web.example ${two}\n\nweb.example ${one}\n`, at('web.example')],
  ])('knows the key by %s', (_, text, place) => {
    expect(check(text, place)).toBe('known');
  });

  it.each([
    ['nothing', '', at('web.example')],
    ['a line of another host', `db.example ${one}`, at('web.example')],
    ['a negated pattern', `*.example,!web.example ${one}`, at('web.example')],
    ['a certificate authority', `@cert-authority *.example ${one}`, at('web.example')],
    ['another port', `[web.example]:2222 ${one}`, at('web.example', 22)],
    ['a torn line', `web.example ssh-ed25519`, at('web.example')],
  ])('does not know the key by %s', (_, text, place) => {
    expect(check(text, place)).toBe('unknown');
  });

  it('says that the key changed when only another is on record', () => {
    expect(check(`web.example ${two}`)).toBe('changed');
    expect(check(`web.example ${two}\nweb.example ${one}`)).toBe('known');
  });

  it('takes a key of another type than those on record for a change, not for a new host', () => {
    expect(check(`web.example ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ==`)).toBe('changed');
  });

  it('refuses a revoked key although it is on record too, in whichever file', () => {
    const known = new KnownHosts([`web.example ${one}`, `@revoked * ${one}`]);
    expect(known.check(at('web.example'), blob(one))).toBe('revoked');
    expect(known.check(at('web.example', 2222), blob(one))).toBe('revoked');
  });

  it.each([
    ['nothing', '', false],
    ['a key', `web.example ${one}`, false],
    ['an authority', `@cert-authority *.example ${two}`, true],
    [
      'an authority of its name at any port',
      `@cert-authority [web.example]:* ${two}\n@cert-authority web.example ${two}`,
      true,
    ],
    ['an authority of others', `@cert-authority *.other ${two}`, false],
    ['an authority and a key', `@cert-authority *.example ${two}\nweb.example ${one}`, false],
    ['an authority and a revoked key', `@cert-authority *.example ${two}\n@revoked web.example ${one}`, true],
    ['a marker that nobody knows', `@authority *.example ${two}`, false],
  ])('says whether nothing but authorities is on record: %s', (_, text, isOnly) => {
    expect(new KnownHosts([text]).isCertifiedOnly(at('web.example'))).toBe(isOnly);
    expect(new KnownHosts([text]).keyTypes(at('web.example'))).toHaveLength(
      text.includes(`\nweb.example`) || text.startsWith('web') ? 1 : 0,
    );
  });

  it('reads names that ssh-keygen has hashed', () => {
    const path = join(folder, 'hashed');
    writeFileSync(path, `web.example ${one}\n[web.example]:2222 ${two}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain('web.example');
    expect(check(text)).toBe('known');
    expect(check(text, at('web.example', 2222), blob(two))).toBe('known');
    expect(check(text, at('db.example'))).toBe('unknown');
  });

  it('names the key types on record', () => {
    expect(
      new KnownHosts([`web.example ${one}\n@revoked web.example ssh-rsa AAAA`]).keyTypes(at('web.example')),
    ).toEqual(['ssh-ed25519']);
  });

  it('shows the fingerprint that ssh-keygen shows', () => {
    const shown = execFileSync('ssh-keygen', ['-lf', join(folder, 'one.pub')], { encoding: 'utf8' });
    expect(shown).toContain(` ${fingerprint(blob(one))} `);
  });
});

describe('a key that is put on record', () => {
  it.each([false, true])('is found by us and by ssh-keygen (hashed: %s)', async (hashed) => {
    const path = join(folder, `new-${hashed}`, 'known_hosts');
    await appendKnownHost(path, { name: '[web.example]:2222', key: blob(one), hashed });
    expect((await readKnownHosts([path])).check(at('web.example', 2222), blob(one))).toBe('known');
    expect(execFileSync('ssh-keygen', ['-F', '[web.example]:2222', '-f', path], { encoding: 'utf8' })).toContain(one);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').includes('web.example')).toBe(!hashed);
  });

  it('does not run into a last line without an end', async () => {
    const path = join(folder, 'open-end');
    writeFileSync(path, `db.example ${two}`);
    await appendKnownHost(path, { name: 'web.example', key: blob(one), hashed: false });
    expect(readFileSync(path, 'utf8')).toBe(`db.example ${two}\nweb.example ${one}\n`);
  });

  it('is not lost when several are added at once', async () => {
    const path = join(folder, 'many');
    const names = Array.from({ length: 20 }, (_, index) => `host-${index}`);
    await Promise.all(names.map((name) => appendKnownHost(path, { name, key: blob(one), hashed: false })));
    expect(readFileSync(path, 'utf8').split('\n').sort()).toEqual(
      ['', ...names.map((name) => `${name} ${one}`)].sort(),
    );
  });
});

describe('a file of host keys', () => {
  it('that cannot be read stops the connect', async () => {
    await expect(readKnownHosts([folder])).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is not waited for where it is a pipe that nobody writes to', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readKnownHosts([pipe])).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(readKnownHosts([], pipe)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('holds nothing where it is /dev/null', async () => {
    const known = await readKnownHosts(['/dev/null'], '/dev/null');
    expect(known.check(at('web.example'), blob(one))).toBe('unknown');
  });
});
