import { ServonautError, sh } from '@servonaut/plugin-sdk';
import { boundsOf, isoTime } from './given-time.ts';
import { linesRead, type LogChoice } from './log-choice.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter } from './matching-lines.ts';

type PodChoice = LogChoice & { readonly pod: string };

const NO_KUBECTL = 89;

/** What a pod of Kubernetes has written, where the server has kubectl and may ask the cluster. */
export function pod(choice: PodChoice, server: string): LogSource {
  const { pod: name, namespace, container, since, until } = choice;
  const lines = linesRead(choice);
  const filter = lineFilter(choice);
  const options = [
    ...(namespace === undefined ? [] : [sh`--namespace=${namespace}`]),
    ...(container === undefined ? [] : [sh`--container=${container}`]),
    ...(since === undefined ? [] : [sh`--since-time=${isoTime(since)}`]),
    sh`--tail=${filter || until !== undefined ? -1 : lines}`,
  ];
  return {
    checks: sh`command -v kubectl >/dev/null 2>&1 || exit ${NO_KUBECTL}
${filter ? filter.setup : []}`,
    read: sh`kubectl logs --timestamps ${options} ${name} ${filter ? filter.pipe : []} ${filter && until === undefined ? sh`| tail -n ${lines}` : []}`,
    ...(until !== undefined && { bounds: boundsOf({ until }) ?? {} }),
    fault: ({ exitCode, stderr }, isEmpty) => {
      if (exitCode === NO_KUBECTL)
        return new ServonautError('not_found', { message: `There is no kubectl on ${server}.` });
      const why = stderr.trim().split('\n').join(' ').slice(0, 300);
      if (!isEmpty || why === '') return undefined;
      return new ServonautError('not_found', { message: `The pod ${name} cannot be read from ${server}: ${why}` });
    },
    nothing: `The pod ${name} has written no such lines.`,
  };
}
