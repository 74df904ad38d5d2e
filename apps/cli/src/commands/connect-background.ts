import { ServonautError } from '@servonaut/contracts';

export interface BackgroundFlags {
  readonly profile: string | undefined;
  readonly json: boolean;
  readonly uninstall: boolean;
  readonly yes: boolean;
  readonly print: boolean;
}

/** `connect --install` and `connect --uninstall`. @param root folder of our package */
export async function keepInBackground(flags: BackgroundFlags, root: string): Promise<void> {
  const [{ openSession }, service, render, { askYes }] = await Promise.all([
    import('../session/session.ts'),
    import('../services/background/background-service.ts'),
    import('../ui/render-background.ts'),
    import('../ui/ask-yes.ts'),
  ]);
  const session = openSession(flags.profile);
  if (flags.print) return void process.stdout.write(await service.serviceText(session, root));
  const change = await (flags.uninstall ? service.plannedUninstall(session) : service.plannedInstall(session, root));
  process.stderr.write(render.renderServiceChange(change));
  const isNothing = change.before === undefined && change.after === undefined;
  if (!flags.yes && !isNothing) agreed(await askYes('Is that what you want?'));
  await service.carryOut(change);
  const notes = change.after === undefined ? [] : await change.manager.notes();
  if (flags.json) process.stdout.write(`${JSON.stringify(render.serviceJson(change, notes))}\n`);
  else if (!isNothing) process.stdout.write(render.renderServiceDone(change, notes, session.profile.value));
}

function agreed(answer: boolean | undefined): void {
  if (answer) return;
  throw new ServonautError('request_cancelled', {
    message: answer === undefined ? 'There is no terminal to ask on; nothing was changed.' : 'Nothing was changed.',
    nextStep: answer === undefined ? 'Give --yes if that is what you want.' : 'The same command asks again.',
  });
}
