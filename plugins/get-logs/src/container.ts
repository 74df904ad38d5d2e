import { ServonautError, sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { isoTime } from './given-time.ts';
import { linesRead, type LogChoice } from './log-choice.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter } from './matching-lines.ts';

type ContainerChoice = LogChoice & { readonly container: string };

const NO_ENGINE = 87;
const NO_CONTAINER = 88;

const ENGINES = [sh`docker`, sh`podman`, sh`nerdctl`];

/** What a container has written to stdout and stderr, as the first engine keeps it that knows the container. */
export function container(choice: ContainerChoice, server: string): LogSource {
  const { container: name } = choice;
  return {
    checks: sh`found=`,
    read: sh`${ENGINES.map((engine) => reader(engine, choice))}
[ -n "$found" ] || exit ${NO_ENGINE}
exit ${NO_CONTAINER}`,
    fault: ({ exitCode, stderr }) => {
      if (exitCode === NO_ENGINE)
        return new ServonautError('not_found', { message: `There is no docker, podman or nerdctl on ${server}.` });
      if (exitCode !== NO_CONTAINER) return undefined;
      const why = stderr.trim().split('\n').join(' ').slice(0, 300);
      return new ServonautError('not_found', { message: `The container ${name} cannot be read on ${server}: ${why}` });
    },
    nothing: `The container ${name} has written no such lines.`,
  };
}

/** The log has what went to stdout and to stderr; without a container, why not goes to stderr. */
function reader(engine: ShellCommand, choice: ContainerChoice): ShellCommand {
  const { container: name, since, until } = choice;
  const lines = linesRead(choice);
  const filter = lineFilter(choice);
  const options = [
    ...(since === undefined ? [] : [sh`--since=${isoTime(since)}`]),
    ...(until === undefined ? [] : [sh`--until=${isoTime(until)}`]),
    ...(filter ? [] : [sh`--tail=${lines}`]),
  ];
  return sh`
if command -v ${engine} >/dev/null 2>&1; then
found=1
if ${engine} inspect --type=container ${name} >/dev/null; then
${filter ? filter.setup : []}
${engine} logs --timestamps ${options} ${name} 2>&1 ${filter ? filter.pipe : []} ${filter ? sh`| tail -n ${lines}` : []}
exit
fi
fi`;
}
