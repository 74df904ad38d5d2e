import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unlessMissing, waitFor } from '@servonaut/testkit';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent } from './agent.ts';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { describeEach, embedded, production, type Deployment } from './deployment.ts';
import { acceptInvitation, beginLogin, confirm } from './person.ts';
import { aUser, aWorld, rest, type World } from './world.ts';

/** What a user may count on, from the answer to the end of the delegation until the last process on the server is gone. */
const GONE_WITHIN_MS = 2_000;
/** Keys give nothing away, so that the owner has signed in. */
const AS_OWNER = ['--profile', 'owner'];

describeEach({ embedded, production })('a server that a user lets another use (%s)', (_, deploy) => {
  unlessMissing(describe, WITHOUT_CHROMIUM)('with a sign-in of the command line', () => {
    let world: World;
    let deployment: Deployment;
    let bob: Awaited<ReturnType<typeof aUser>>;
    let carol: Awaited<ReturnType<typeof aUser>>;
    let person: PersonsBrowser;
    /** As the user is called who the first start has made. */
    const OWNER = 'admin';

    beforeAll(async () => {
      deployment = await deploy();
      world = await aWorld({ env: deployment.env });
      bob = await aUser(world, 'bob', { scopes: ['mcp:tools'] });
      carol = await aUser(world, 'carol', { scopes: ['mcp:tools'] });
      person = await openBrowser();
      await acceptInvitation(person, world.tokens.invitation_url);
      const login = await beginLogin(world.operator, world.coordinator.url, ['--credentials', ...AS_OWNER]);
      await confirm(person, login);
      expect(await login.process.exited).toMatchObject({ code: 0 });
    }, 180_000);

    afterAll(async () => {
      await person.close();
      await world.stop();
      await deployment.stop();
    }, 60_000);

    const asOwner = async (...args: string[]): Promise<{ id: string }> => {
      const { code, stdout, stderr } = await world.operator.run(['delegations', ...args, '--json', ...AS_OWNER]);
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout);
    };
    const give = async () => (await asOwner('create', '--to', 'bob', '--server', 'web-*')).id;
    const agentOf = ({ token }: { token: string }) => connectAgent('http', world.coordinator.url, token);

    const runs = (pid: number): boolean => {
      try {
        return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
      } catch {
        return false;
      }
    };

    /** A command that does not end by itself, and the process id that it has on the server. */
    async function sleeping(agent: Awaited<ReturnType<typeof agentOf>>, name: string) {
      const trace = join(world.sshd.home, name);
      const command = `echo $$ > ${trace}; exec sleep 300`;
      const answer = agent.call('run_command', { server: `${OWNER}/web-1`, command });
      await waitFor(() => existsSync(trace) && readFileSync(trace, 'utf8').endsWith('\n'), {
        what: 'the command to run',
      });
      return { answer, pid: Number(readFileSync(trace, 'utf8')) };
    }

    const gone = (pid: number) =>
      waitFor(() => !runs(pid), { what: 'the end of the command', timeoutMs: GONE_WITHIN_MS, everyMs: 20 });

    it('keeps what that user has had it put out, for that user alone', async () => {
      const id = await give();
      const [agent, owner] = [
        await agentOf(bob),
        await connectAgent('http', world.coordinator.url, world.tokens.agent_token),
      ];
      const lent = await agent.call('run_command', { server: `${OWNER}/web-1`, command: 'seq 100000' });
      expect(lent.text).toContain(`read_output with the server and request_id ${lent.answer.request_id}`);
      const asked = { request_id: lent.answer.request_id, grep: '66666' };
      const further = await agent.call('read_output', { ...asked, server: `${OWNER}/web-1` });
      expect(further.result.data).toMatchObject({ text: '66666:66666\n' });
      const refused = await owner.call('read_output', { ...asked, server: 'web-1' });
      expect(refused.result).toMatchObject({ error: { code: 'not_found' } });
      await asOwner('end', id);
      const ended = await agent.call('read_output', { ...asked, server: `${OWNER}/web-1` });
      expect(ended.result).toMatchObject({ error: { code: 'unknown_server' } });
      await Promise.all([agent.close(), owner.close()]);
    });

    it('is run on by its owner’s executor, for that user and nobody else, and stands in both audits', async () => {
      const id = await give();
      const [agent, stranger] = [await agentOf(bob), await agentOf(carol)];
      const listed = await agent.call('list_delegated_servers', {});
      expect(listed.text).toContain(`${OWNER}/web-1: `);
      const { result } = await agent.call('run_command', { server: `${OWNER}/web-1`, command: 'echo lent' });
      expect(result).toMatchObject({ server: `${OWNER}/web-1`, status: 'succeeded', stdout: 'lent\n' });
      const refused = await stranger.call('run_command', { server: `${OWNER}/web-1`, command: 'echo lent' });
      expect(refused.result).toMatchObject({ error: { code: 'unknown_server' } });
      expect(world.executor.output()).toContain('bob: bob');
      const kinds = ['call.arrived', 'call.decided', 'call.delivered', 'call.ended'];
      for (const userId of [world.tokens.user_id, bob.userId]) {
        const path = `${world.coordinator.url}/api/admin/audit?user_id=${userId}`;
        const recorded = await waitFor(
          async () => {
            const { body } = await rest(path, world.tokens.admin_token);
            const ofIt = body.entries.filter(({ record }: { record: { data: object } }) =>
              JSON.stringify(record.data).includes(`"delegation":"${id}"`),
            );
            const found = new Set(ofIt.map(({ record }: { record: { kind: string } }) => record.kind));
            return kinds.every((kind) => found.has(kind));
          },
          { what: `the record of user ${userId}` },
        );
        expect(recorded).toBe(true);
      }
      await Promise.all([agent.close(), stranger.close()]);
      await asOwner('end', id);
    }, 60_000);

    it('is given back at once when the delegation ends, with what runs there', async () => {
      const id = await give();
      const agent = await agentOf(bob);
      const { answer, pid } = await sleeping(agent, 'lent');
      await asOwner('end', id);
      await gone(pid);
      expect((await answer).result).toMatchObject({ status: 'cancelled', error: { code: 'delegation_ended' } });
      const again = await agent.call('run_command', { server: `${OWNER}/web-1`, command: 'id' });
      expect(again.result).toMatchObject({ error: { code: 'unknown_server' } });
      await agent.close();
    }, 60_000);

    it('is given back when the token of the caller is revoked', async () => {
      const id = await give();
      const path = `${world.coordinator.url}/api/admin/users/${bob.userId}/credentials`;
      const key = await rest(path, world.tokens.admin_token, { label: 'short', scopes: ['mcp:tools'] });
      const agent = await agentOf(key.body);
      const { answer, pid } = await sleeping(agent, 'lent-by-a-key');
      const revoked = `${world.coordinator.url}/api/admin/credentials/${key.body.id}`;
      expect((await rest(revoked, world.tokens.admin_token, undefined, 'DELETE')).status).toBe(200);
      await gone(pid);
      expect((await answer).result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });
      await agent.close().catch(() => undefined);
      await asOwner('end', id);
    }, 60_000);
  });
});
