import type { BackgroundPlan } from './background-plan.ts';

/** Seconds from one start to the next: launchd knows no back-off, and not which failures are for good. */
const THROTTLE_SECONDS = 60;

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

/** The agent of one profile, for launchd (launchd.plist(5)). @param log where what it says goes */
export function launchdPlist(
  label: string,
  log: string,
  { profile, program, variables, stopSeconds }: BackgroundPlan,
): string {
  const properties = {
    Label: label,
    ProgramArguments: [...program, 'connect', '--plain', '--profile', profile],
    EnvironmentVariables: variables,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: THROTTLE_SECONDS,
    ExitTimeOut: stopSeconds,
    StandardOutPath: log,
    StandardErrorPath: log,
    // An octal number is none in a property list.
    Umask: 0o077,
    HardResourceLimits: { Core: 0 },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- "servonaut connect" wrote it, and shows what it would change when it is told to install the service again. -->
<plist version="1.0">
${element(properties, '')}
</plist>
`;
}

function element(value: Value, indent: string): string {
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>`;
  const deeper = `${indent}  `;
  if (isList(value))
    return block(
      'array',
      value.map((one) => element(one, deeper)),
      indent,
    );
  const pairs = Object.entries(value).map(
    ([key, one]) => `${deeper}<key>${escaped(key)}</key>\n${element(one, deeper)}`,
  );
  return block('dict', pairs, indent);
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

function block(tag: string, children: readonly string[], indent: string): string {
  return [`${indent}<${tag}>`, ...children, `${indent}</${tag}>`].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
