// Generated from the plugins by `npm run generate`; a test fails when it is stale. Do not edit.
import type { ToolManifest } from './tool-manifest.ts';

/** Manifests of the tools that every executor of this release has, so that an agent sees them before any executor has connected. */
export const FIRST_PARTY_TOOLS: readonly ToolManifest[] = [
  {
    name: 'list_servers',
    title: 'List servers',
    description:
      'Lists the servers that you can act on, by name and labels. Call it first when you do not know the exact name of a server: every other tool takes the name from here as "server". With many servers narrow it by "filter". It shows which servers are configured, not whether they are up (that is check_status), and never their addresses.',
    target: 'executor',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        filter: {
          description:
            'Only these: a name with * for any characters ("web-*"), or a label ("label:role=db", "label:role"). With "!" before it, all others.',
          type: 'string',
          examples: ['web-1', 'web-*', 'label:role=db', 'label:role', '!web-3'],
        },
      },
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        servers: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              labels: { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } },
            },
            required: ['name', 'labels'],
            additionalProperties: false,
          },
        },
        total: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['servers', 'total'],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'get_server_info',
    title: 'Get server information',
    description:
      'Returns what one server is and how full it is right now: operating system, kernel, architecture, CPUs, load, memory, swap, local disks, uptime and how many users are logged in. Use it before you plan work on a server you do not know, or to see whether it is short of memory or disk. It reads only and takes well under a second. To ask just whether a server is up and healthy use check_status; for processes, services or packages use run_command.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        os: { type: ['string', 'null'] },
        kernel: { type: ['string', 'null'] },
        arch: { type: ['string', 'null'] },
        cpus: { anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }] },
        load: {
          anyOf: [
            {
              type: 'array',
              prefixItems: [{ type: 'number' }, { type: 'number' }, { type: 'number' }],
              items: false,
              minItems: 3,
              maxItems: 3,
            },
            { type: 'null' },
          ],
        },
        memory: {
          anyOf: [
            {
              type: 'object',
              properties: {
                total_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                available_bytes: {
                  anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }],
                },
              },
              required: ['total_bytes', 'available_bytes'],
              additionalProperties: false,
            },
            { type: 'null' },
          ],
        },
        swap: {
          anyOf: [
            {
              type: 'object',
              properties: {
                total_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                free_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              },
              required: ['total_bytes', 'free_bytes'],
              additionalProperties: false,
            },
            { type: 'null' },
          ],
        },
        disks: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              mount: { type: 'string' },
              size_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_percent: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            },
            required: ['mount', 'size_bytes', 'used_bytes', 'used_percent'],
            additionalProperties: false,
          },
        },
        uptime_seconds: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        users_logged_in: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
      },
      required: [
        'os',
        'kernel',
        'arch',
        'cpus',
        'load',
        'memory',
        'swap',
        'disks',
        'uptime_seconds',
        'users_logged_in',
      ],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'check_status',
    title: 'Check status',
    description:
      'Checks whether one server is up and well: reachable over SSH and how fast, load, uptime, failed services (systemd, OpenRC) and disks over 90 % full. Use it first when something seems down, and after a change or a restart. A server that cannot be reached is a normal answer (reachable: false) that says why. It reads only. It does not check web sites, ports or single applications: use run_command (for example with curl) or service_status for those, fleet_health to compare servers, get_server_info for all figures and get_logs for the reasons.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        reachable: { type: 'boolean' },
        reason: { type: 'string' },
        message: { type: 'string' },
        latency_ms: { type: 'number' },
        connect_ms: { type: 'number' },
        load: {
          anyOf: [
            {
              type: 'array',
              prefixItems: [{ type: 'number' }, { type: 'number' }, { type: 'number' }],
              items: false,
              minItems: 3,
              maxItems: 3,
            },
            { type: 'null' },
          ],
        },
        cpus: { anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }] },
        uptime_seconds: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        failed_units: {
          anyOf: [
            {
              type: 'object',
              properties: {
                count: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                names: { type: 'array', items: { type: 'string' } },
              },
              required: ['count', 'names'],
              additionalProperties: false,
            },
            { type: 'null' },
          ],
        },
        full_disks: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              mount: { type: 'string' },
              size_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_percent: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
            },
            required: ['mount', 'size_bytes', 'used_bytes', 'used_percent'],
            additionalProperties: false,
          },
        },
      },
      required: ['reachable'],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'run_command',
    title: 'Run a command',
    description:
      'Runs a shell command on one server and returns its stdout, stderr and exit code. Use it for whatever no other tool does; prefer get_logs for logs, get_server_info for figures and check_status for "is it up". The command is read as it is by a shell of its own, so pipes, redirections and && work: by the login shell where that is sh, bash, dash or ash, otherwise by /bin/sh; write for sh. Each call starts in the home folder, so cd and variables do not last: give cwd and env. There is no terminal, and no input but stdin: use flags such as -y, and do not start editors, pagers or anything that asks. What does not end within timeout_seconds is stopped, its children too; start long work in the background with its output in a file. A non-zero exit code is an answer, not an error of the tool. The operator decides what may run and may refuse.',
    target: 'server',
    effect: 'privileged',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        command: {
          type: 'string',
          minLength: 1,
          maxLength: 65536,
          description: 'The command line, as typed into sh. Quote values in it yourself.',
        },
        cwd: {
          description: 'Absolute path of the folder to run in; the home folder by default.',
          type: 'string',
          minLength: 1,
          maxLength: 4096,
        },
        env: {
          description:
            'Variables to set for the command, by name. No secrets: other users of the server can see them. The operator may refuse those that change which programs run, such as PATH.',
          type: 'object',
          propertyNames: { type: 'string' },
          additionalProperties: { type: 'string', maxLength: 4096 },
        },
        stdin: {
          description: 'Text that the command reads from its standard input, which is empty by default.',
          type: 'string',
          maxLength: 262144,
        },
        sudo: {
          default: false,
          description:
            'Run it as root by sudo. Use this in place of sudo in the command, which cannot ask for a password. Works where the operator allows it.',
          type: 'boolean',
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'command'],
      additionalProperties: false,
    },
    idempotent: false,
  },
  {
    name: 'get_logs',
    title: 'Get logs',
    description:
      'Returns the last lines of one log on each server: of a file (path), of a systemd unit in the journal (unit), of a container or of a pod; give exactly one. Use it to find out why something failed. With summarize: true it tells what a long log says, also that of many servers at once: lines that differ in numbers, ids and names only become one template with count, first and last time, servers and an example, the rarest and newest first, so that faults stand before what is usual. Start with that when you do not know what to look for, then read the lines around it: the default 100, narrowed by grep (plain text, not a regular expression; the last matching lines are returned) by level and, but for files, by since, rather than thousands of lines. It reads only and never follows a log. If you do not know where an application logs, try its unit first, or list /var/log with run_command.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        path: {
          description:
            'Absolute path of a log file, such as /var/log/nginx/error.log. One that ends in .gz, .xz, .zst or .bz2 is unpacked.',
          type: 'string',
          maxLength: 4096,
        },
        unit: {
          description: 'Name of a systemd unit, such as nginx or ssh.service, whose journal is read.',
          type: 'string',
          maxLength: 256,
        },
        container: {
          description:
            'Name of a docker, podman or nerdctl container. With pod: the one of its containers that is read.',
          type: 'string',
          maxLength: 256,
        },
        pod: {
          description: 'Name of a pod of Kubernetes, or such as deploy/web, as kubectl on the server reads it.',
          type: 'string',
          maxLength: 256,
        },
        namespace: { description: 'With pod: its namespace.', type: 'string', maxLength: 63 },
        lines: {
          description:
            'How many of the last lines: 100 unless given, at most 10000. With summarize 100000, at most 1000000.',
          type: 'integer',
          minimum: 1,
          maximum: 1000000,
        },
        since: {
          description:
            'Not with path: only entries from then on. An ISO 8601 time ("2026-11-22T10:00:00Z") or "2 hours ago"; with unit also as journalctl takes it ("today").',
          type: 'string',
          minLength: 1,
          maxLength: 64,
        },
        until: {
          description: 'With unit or container: only entries up to then, written like since.',
          type: 'string',
          minLength: 1,
          maxLength: 64,
        },
        level: {
          description:
            'Only entries as bad as that or worse: of a unit by their priority, of all else by the word in the line, such as WARN or error.',
          type: 'string',
          enum: ['critical', 'error', 'warning', 'info'],
        },
        grep: {
          description: 'Only lines that contain this text, upper and lower case as given.',
          type: 'string',
          minLength: 1,
          maxLength: 1024,
        },
        summarize: {
          default: false,
          description:
            'Instead of the lines, what they say: lines that differ in numbers, ids and names only are one template, with how often, when first and last, and an example.',
          type: 'boolean',
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        lines: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        templates: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              template: { type: 'string' },
              count: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
              first: { anyOf: [{ type: 'string' }, { type: 'null' }] },
              last: { anyOf: [{ type: 'string' }, { type: 'null' }] },
              example: { type: 'string' },
            },
            required: ['template', 'count', 'first', 'last', 'example'],
            additionalProperties: false,
          },
        },
        templates_left_out: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        lines_left_out: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['lines', 'templates', 'templates_left_out', 'lines_left_out'],
      additionalProperties: false,
    },
    combine: {
      rows: 'templates',
      key: 'template',
      similar: true,
      sum: ['count'],
      least: ['first'],
      greatest: ['last'],
      first: ['example'],
      order: [
        { by: 'count', direction: 'ascending' },
        { by: 'last', direction: 'descending' },
      ],
      columns: ['count', 'servers', 'first', 'last', 'template', 'example'],
      most: 30,
    },
    idempotent: true,
  },
  {
    name: 'fleet_health',
    title: 'Health of many servers',
    description:
      'Returns one table of how servers are, the worst first: score (0 to 100), load for each core, memory, swap, the fullest disk, failed services, uptime, and in words what is wrong. Use it with servers (such as ["*"] or ["label:role=web"]) to find out where to look in a fleet, or which server a trouble is on. A server that cannot be reached is a row with score 0 and the reason, not an error. It reads only, with one command on each server. For one server use check_status, or get_server_info for all figures; then disk_usage, list_processes or get_logs for the reason.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        reachable: { type: 'boolean' },
        score: { type: 'integer', minimum: 0, maximum: 100 },
        load_per_core: { anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }] },
        memory_percent: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        swap_percent: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        disk_percent: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        failed_units: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        uptime_seconds: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
        uptime: { type: ['string', 'null'] },
        reason: { type: 'string' },
        troubles: { type: 'string' },
      },
      required: [
        'reachable',
        'score',
        'load_per_core',
        'memory_percent',
        'swap_percent',
        'disk_percent',
        'failed_units',
        'uptime_seconds',
        'uptime',
        'troubles',
      ],
      additionalProperties: false,
    },
    combine: {
      order: [{ by: 'score', direction: 'ascending' }],
      columns: [
        'score',
        'load_per_core',
        'memory_percent',
        'swap_percent',
        'disk_percent',
        'failed_units',
        'uptime',
        'troubles',
      ],
      most: 200,
    },
    idempotent: true,
  },
  {
    name: 'read_file',
    title: 'Read a file',
    description:
      'Returns what is in one file on one server, as text, with its size, mode, owner, time of change and SHA-256. Use it to look at configuration, scripts and other text, and before write_file: give that the sha256 from here as if_digest. Of a long file it returns lines lines from from_line on, at most 50,000 bytes, and says in next_line where to read on. A binary file is described and not shown; up to 32 KiB of one come with encoding base64 (text is returned as text all the same). It reads only, and only what the SSH user may read. For logs use get_logs, which starts at the end and filters; to move large or binary files use transfer_file.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        path: {
          type: 'string',
          maxLength: 4096,
          description: 'Absolute path of the file, such as /etc/nginx/nginx.conf. Links are followed.',
        },
        from_line: {
          default: 1,
          description: 'First line to return; 1 is the first.',
          type: 'integer',
          minimum: 1,
          maximum: 9007199254740991,
        },
        lines: { default: 500, description: 'How many lines.', type: 'integer', minimum: 1, maximum: 5000 },
        encoding: {
          default: 'utf-8',
          description: 'base64: for a binary file of up to 32 KiB, all of it, whatever from_line and lines say.',
          type: 'string',
          enum: ['utf-8', 'base64'],
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'path'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        size: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        mode: { type: 'string' },
        modified: { type: 'string' },
        owner: { type: 'string' },
        group: { type: 'string' },
        sha256: { type: 'string' },
        encoding: { anyOf: [{ type: 'string', enum: ['utf-8', 'base64'] }, { type: 'null' }] },
        content: { type: ['string', 'null'] },
        altered: { type: 'boolean' },
        from_line: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        next_line: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
        line_cut: { type: 'boolean' },
      },
      required: [
        'path',
        'size',
        'mode',
        'modified',
        'owner',
        'group',
        'encoding',
        'content',
        'altered',
        'from_line',
        'next_line',
        'line_cut',
      ],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'list_directory',
    title: 'List a directory',
    description:
      'Lists what is in one folder on one server, hidden entries too: name, kind (file, folder, link, other), size, mode, owner, group and time of change. Use it to find a file before read_file, or with sort to see the newest or largest files; with depth also what is in the folders below. Links are listed and not followed. Names with line ends or other characters that cannot be seen are written with escapes, and marked. It reads only, and only what the SSH user may read. To search by name or content over large trees use run_command with find or grep; for what takes the space on a disk use disk_usage.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        path: { type: 'string', maxLength: 4096, description: 'Absolute path of the folder, such as /var/log.' },
        depth: {
          default: 1,
          description: '1: what is in the folder; 2: also in the folders in it; …',
          type: 'integer',
          minimum: 1,
          maximum: 8,
        },
        sort: {
          default: 'name',
          description: 'By name, the largest first, or the newest first.',
          type: 'string',
          enum: ['name', 'size', 'modified'],
        },
        most: {
          default: 100,
          description: 'How many entries to return; the rest is counted.',
          type: 'integer',
          minimum: 1,
          maximum: 1000,
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'path'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        entries: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              kind: { type: 'string', enum: ['file', 'folder', 'link', 'other'] },
              size: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              mode: { type: 'string' },
              modified: { type: 'string' },
              owner: { type: 'string' },
              group: { type: 'string' },
              name: { type: 'string' },
              escaped: { type: 'boolean' },
            },
            required: ['kind', 'size', 'mode', 'modified', 'owner', 'group', 'name', 'escaped'],
            additionalProperties: false,
          },
        },
        left_out: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        incomplete: { type: 'string' },
      },
      required: ['path', 'entries', 'left_out'],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'write_file',
    title: 'Write a file',
    description:
      'Writes text into one file on one server: in place of what is there (mode replace, the default; a new file if there is none), as a new file (create), or at its end (append). Use it instead of echo, cat or sed in run_command: the content needs no quoting, others see the old file or the new one and never half of it, and owner and permissions stay. Read the file with read_file first, and give its sha256 as if_digest, so that nothing is written when somebody else has changed it meanwhile. Give the whole content; lines end with \\n, the last one too. The folder has to be there, and no part of the path may be a link. The operator may be asked, and is shown the difference. For files of more than 262,144 characters, and binary ones, use transfer_file.',
    target: 'server',
    effect: 'privileged',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        path: {
          type: 'string',
          maxLength: 1024,
          description: 'Absolute path of the file, without links, . and .. in it.',
        },
        content: {
          type: 'string',
          maxLength: 262144,
          description: 'All that is to be in the file, or with append what is added.',
        },
        mode: {
          default: 'replace',
          description: 'create refuses where there is a file.',
          type: 'string',
          enum: ['replace', 'create', 'append'],
        },
        if_digest: {
          description: 'Write only if the file is the one with this SHA-256, as read_file gives it.',
          type: 'string',
        },
        permissions: {
          description: 'Such as 0600. By default those of the file stay; a new one gets what the server gives.',
          type: 'string',
        },
        sudo: {
          default: false,
          description: 'Write as root by sudo. Works where the operator allows it.',
          type: 'boolean',
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'path', 'content'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        created: { type: 'boolean' },
        size: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        mode: { type: 'string' },
        modified: { type: 'string' },
        owner: { type: 'string' },
        group: { type: 'string' },
        sha256: { type: 'string' },
      },
      required: ['path', 'created', 'size', 'mode', 'modified', 'owner', 'group'],
      additionalProperties: false,
    },
    idempotent: false,
  },
  {
    name: 'disk_usage',
    title: 'Disk usage',
    description:
      'Returns how full the disks of a server are, in bytes and in inodes (a disk without free inodes is full, too), the fullest first; with path also the biggest folders below it, on the same file system. Use it when a disk is full, or to see what would fit: first without path, then with the mount point of the full disk as path, then with the biggest folder in it. It reads only. Counting a large folder takes disk time of the server and stops after seconds; what was counted until then is shown and said to be incomplete. What the SSH user may not read is not counted. For single files use list_directory, or run_command with find.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        path: {
          description: 'Absolute path of a folder: the biggest folders below it are shown as well.',
          type: 'string',
          maxLength: 4096,
        },
        depth: {
          default: 1,
          description: 'With path: how many levels of folders below it.',
          type: 'integer',
          minimum: 1,
          maximum: 5,
        },
        most: {
          default: 20,
          description: 'With path: how many of the biggest folders.',
          type: 'integer',
          minimum: 1,
          maximum: 500,
        },
        seconds: {
          default: 20,
          description: 'With path: after how long counting stops. Keep it below timeout_seconds.',
          type: 'integer',
          minimum: 1,
          maximum: 600,
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        disks: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              mount: { type: 'string' },
              size_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              used_percent: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
              inodes_percent: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }] },
              size: { type: 'string' },
              used: { type: 'string' },
            },
            required: ['mount', 'size_bytes', 'used_bytes', 'used_percent', 'inodes_percent', 'size', 'used'],
            additionalProperties: false,
          },
        },
        folders: {
          type: 'object',
          properties: {
            rows: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  path: { type: 'string' },
                  bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
                  size: { type: 'string' },
                },
                required: ['path', 'bytes', 'size'],
                additionalProperties: false,
              },
            },
            has_more: { type: 'boolean' },
            timed_out: { type: 'boolean' },
            unreadable: { type: 'boolean' },
          },
          required: ['rows', 'has_more', 'timed_out', 'unreadable'],
          additionalProperties: false,
        },
      },
      required: ['disks'],
      additionalProperties: false,
    },
    combine: {
      rows: 'disks',
      order: [{ by: 'used_percent', direction: 'descending' }],
      columns: ['mount', 'used_percent', 'inodes_percent', 'used', 'size'],
    },
    idempotent: true,
  },
  {
    name: 'service_status',
    title: 'Status of a service',
    description:
      'Returns whether one service runs on a server: its state (running, stopped, failed, changing), since when, process, memory, how often it was started again, and whether it starts with the server. Use it when an application does not answer, and after service_control. It works with systemd, OpenRC, BSD and SysV; those other than systemd tell less. It reads only. For the reason of a failure use get_logs with unit; for all failed services check_status; for processes without a service list_processes; for containers list_containers.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        name: { type: 'string', maxLength: 256, description: 'Name of a service, such as nginx or ssh.service.' },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'name'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        running: { type: 'boolean' },
        state: { type: 'string', enum: ['running', 'stopped', 'failed', 'changing', 'unknown'] },
        detail: { type: 'string' },
        description: { type: ['string', 'null'] },
        manager: { type: 'string', enum: ['systemd', 'openrc', 'rcctl', 'service'] },
        enabled: { type: ['boolean', 'null'] },
        pid: { anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }] },
        since: { type: ['string', 'null'] },
        restarts: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
        memory_bytes: { type: ['number', 'null'] },
        exit_code: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
      },
      required: [
        'name',
        'running',
        'state',
        'detail',
        'description',
        'manager',
        'enabled',
        'pid',
        'since',
        'restarts',
        'memory_bytes',
        'exit_code',
      ],
      additionalProperties: false,
    },
    combine: {
      order: [
        { by: 'running', direction: 'ascending' },
        { by: 'state', direction: 'ascending' },
        { by: 'since', direction: 'descending' },
      ],
      columns: ['state', 'detail', 'since', 'pid', 'restarts', 'enabled'],
    },
    idempotent: true,
  },
  {
    name: 'service_control',
    title: 'Control a service',
    description:
      'Starts, stops, restarts or reloads one service on a server, or has it start with the server (enable) or not (disable; neither starts nor stops it now). Answers how the service is afterwards: look at state, since a service may end just after it was started, and ask service_status again when it is changing. Prefer reload to restart where the service can read its configuration again, and test a changed configuration first (run_command, such as nginx -t). To try it on some servers first use servers with max_parallel 1 and stop_on_error. It works with systemd, OpenRC, BSD and SysV, and needs root: give sudo unless the SSH user is root. For containers use run_command.',
    target: 'server',
    effect: 'privileged',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        name: { type: 'string', maxLength: 256, description: 'Name of a service, such as nginx or ssh.service.' },
        action: {
          type: 'string',
          enum: ['start', 'stop', 'restart', 'reload', 'enable', 'disable'],
          description: 'What is done with it.',
        },
        sudo: {
          default: false,
          description: 'Do it as root by sudo. Works where the operator allows it.',
          type: 'boolean',
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'name', 'action'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        running: { type: 'boolean' },
        state: { type: 'string', enum: ['running', 'stopped', 'failed', 'changing', 'unknown'] },
        detail: { type: 'string' },
        description: { type: ['string', 'null'] },
        manager: { type: 'string', enum: ['systemd', 'openrc', 'rcctl', 'service'] },
        enabled: { type: ['boolean', 'null'] },
        pid: { anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }] },
        since: { type: ['string', 'null'] },
        restarts: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
        memory_bytes: { type: ['number', 'null'] },
        exit_code: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
      },
      required: [
        'name',
        'running',
        'state',
        'detail',
        'description',
        'manager',
        'enabled',
        'pid',
        'since',
        'restarts',
        'memory_bytes',
        'exit_code',
      ],
      additionalProperties: false,
    },
    combine: {
      order: [
        { by: 'running', direction: 'ascending' },
        { by: 'state', direction: 'ascending' },
      ],
      columns: ['state', 'detail', 'since', 'pid', 'enabled'],
    },
    idempotent: false,
  },
  {
    name: 'list_processes',
    title: 'List processes',
    description:
      'Returns the processes of a server that use most of the processor or of the memory, with user, time since the start, state and command line; with filter only those whose command line or user contains a text. Use it when the load is high or memory is short, and to see whether a program runs at all. It reads only. On Linux cpu_percent is an average since the process was started: what has just become busy may be low in it, then look at "top -b -n 2" with run_command. For a service use service_status, for containers list_containers.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        sort: {
          default: 'cpu',
          description: 'What the first ones use most of.',
          type: 'string',
          enum: ['cpu', 'memory'],
        },
        filter: {
          description: 'Only those whose command line or user contains this text, upper and lower case as given.',
          type: 'string',
          minLength: 1,
          maxLength: 1024,
        },
        most: { default: 20, description: 'How many.', type: 'integer', minimum: 1, maximum: 500 },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        processes: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              pid: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              ppid: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              user: { type: 'string' },
              cpu_percent: { type: 'number', minimum: 0 },
              memory_bytes: { type: 'number', minimum: 0 },
              memory: { type: 'string' },
              elapsed_seconds: {
                anyOf: [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, { type: 'null' }],
              },
              elapsed: { type: ['string', 'null'] },
              state: { type: 'string' },
              command: { type: 'string' },
              sort_value: { type: 'number' },
            },
            required: [
              'pid',
              'ppid',
              'user',
              'cpu_percent',
              'memory_bytes',
              'memory',
              'elapsed_seconds',
              'elapsed',
              'state',
              'command',
              'sort_value',
            ],
            additionalProperties: false,
          },
        },
        matching: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        total: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['processes', 'matching', 'total'],
      additionalProperties: false,
    },
    combine: {
      rows: 'processes',
      order: [{ by: 'sort_value', direction: 'descending' }],
      columns: ['pid', 'user', 'cpu_percent', 'memory', 'elapsed', 'state', 'command'],
    },
    idempotent: true,
  },
  {
    name: 'list_containers',
    title: 'List containers',
    description:
      'Returns the containers of a server, those that do not run first: name, image, state, health, exit code and ports, of docker, podman or nerdctl. Use it to find the name of a container, and to see which have ended or are unhealthy; then container_logs for the reason. It reads only. It shows what the SSH user may see: of podman their own containers, of docker none without the right to use it (then run_command with sudo). For pods of Kubernetes use run_command with kubectl.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        filter: {
          description: 'Only those whose name or image contains this text.',
          type: 'string',
          minLength: 1,
          maxLength: 256,
        },
        most: { default: 50, description: 'How many.', type: 'integer', minimum: 1, maximum: 500 },
        runtime: {
          description: 'What runs the containers; the first of these that the server has by default.',
          type: 'string',
          enum: ['docker', 'podman', 'nerdctl'],
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      additionalProperties: false,
      required: ['server'],
    },
    data_schema: {
      type: 'object',
      properties: {
        containers: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              id: { type: 'string' },
              name: { type: 'string' },
              image: { type: 'string' },
              running: { type: 'boolean' },
              state: {
                type: 'string',
                enum: ['running', 'exited', 'created', 'restarting', 'paused', 'dead', 'unknown'],
              },
              health: { type: ['string', 'null'] },
              exit_code: {
                anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
              },
              status: { type: 'string' },
              ports: { type: 'string' },
            },
            required: ['id', 'name', 'image', 'running', 'state', 'health', 'exit_code', 'status', 'ports'],
            additionalProperties: false,
          },
        },
        matching: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['containers', 'matching'],
      additionalProperties: false,
    },
    combine: {
      rows: 'containers',
      order: [
        { by: 'running', direction: 'ascending' },
        { by: 'name', direction: 'ascending' },
      ],
      columns: ['name', 'image', 'status', 'ports'],
    },
    idempotent: true,
  },
  {
    name: 'container_logs',
    title: 'Logs of a container',
    description:
      'Returns the last lines that one container on a server has written, its stdout and its stderr together, each with its time, from docker, podman or nerdctl; narrowed by since, and by grep (plain text, not a regular expression; the last matching lines are returned). Use it to find out why a container has ended or is unhealthy: list_containers has the names. It reads only and never follows. For logs in files or in the journal, and to have the logs of many put together, use get_logs.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        container: {
          type: 'string',
          maxLength: 256,
          description: 'Name or id of a container, as list_containers gives it.',
        },
        lines: {
          default: 100,
          description: 'How many of the last lines.',
          type: 'integer',
          minimum: 1,
          maximum: 10000,
        },
        since: {
          description: 'Only lines from then on: a time ("2026-11-22T10:00:00Z") or how long ago ("10m", "2h").',
          type: 'string',
          maxLength: 64,
        },
        grep: {
          description: 'Only lines that contain this text, upper and lower case as given.',
          type: 'string',
          minLength: 1,
          maxLength: 1024,
        },
        runtime: {
          description: 'What runs the containers; the first of these that the server has by default.',
          type: 'string',
          enum: ['docker', 'podman', 'nerdctl'],
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'container'],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'transfer_file',
    title: 'Transfer a file',
    description:
      'Copies one file of any size between one server and the transfer folder on the operator’s machine, over SFTP. Use it for what is not to be read here: archives, dumps, builds, big logs; its content never passes through you. Use read_file and write_file for text that you want to see or write. A file gets from one server to another by two calls: a download from the one, then an upload to the other with local "FIRST_SERVER/NAME". The file appears whole or not at all, its SHA-256 is compared on both sides, and a call that was cut off or ran out of time is continued by the same call again: give timeout_seconds for big files (up to 3600). A file that is there and the same already is left as it is. Links are refused, folders too: pack a folder with tar first. It acts as the SSH user, never as root.',
    target: 'server',
    effect: 'mutating',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        direction: {
          type: 'string',
          enum: ['download', 'upload'],
          description:
            'download: from the server to the transfer folder. upload: from the transfer folder to the server.',
        },
        remote: {
          type: 'string',
          maxLength: 4096,
          description: 'Absolute path of the file on the server, without "..", and without links on the way.',
        },
        local: {
          description:
            'Name in the transfer folder. What is downloaded lies at SERVER/NAME, which is the default; an upload takes such a file, or one that the operator has put there, by its name alone.',
          type: 'string',
          minLength: 1,
          maxLength: 1024,
        },
        overwrite: { default: false, description: 'Replace a file that is there and differs.', type: 'boolean' },
        mode: {
          description:
            'For an upload: permissions of the file, such as 0644. By default those of the file that it replaces, otherwise 0600.',
          type: 'string',
        },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'direction', 'remote'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        direction: { type: 'string', enum: ['download', 'upload'] },
        remote: { type: 'string' },
        local: { type: 'string' },
        bytes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        resumed_from: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        unchanged: { type: 'boolean' },
        sha256: { type: ['string', 'null'] },
        duration_ms: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      },
      required: ['direction', 'remote', 'local', 'bytes', 'resumed_from', 'unchanged', 'sha256', 'duration_ms'],
      additionalProperties: false,
    },
    idempotent: true,
  },
  {
    name: 'read_output',
    title: 'Read long output',
    description:
      'Reads the rest of an output that was too long for its answer: page by page (offset, length), its last lines (tail) or the lines with some text (grep, with line numbers, over all of it). Use it when an answer says that it was truncated, instead of running the command again. Takes the server and the request_id of that answer; only your own requests can be read, for a day unless the operator has set it otherwise. Short outputs are not kept: their answers have all of it. Pages end at the end of a line where they can, and next_offset says where to read on.',
    target: 'server',
    effect: 'read-only',
    input_schema: {
      type: 'object',
      properties: {
        server: {
          type: 'string',
          description: 'Name of the server to act on, as list_servers gives it.',
          minLength: 1,
          maxLength: 128,
        },
        request_id: { type: 'string', description: 'The request_id of the answer whose output was long.' },
        stream: {
          default: 'stdout',
          description: 'Which output of the command.',
          type: 'string',
          enum: ['stdout', 'stderr'],
        },
        offset: {
          description:
            'Byte to read from, such as next_offset of the last page; with grep, matches from there on. 0 by default.',
          type: 'integer',
          minimum: 0,
          maximum: 9007199254740991,
        },
        length: {
          default: 20000,
          description: 'Most bytes of text in the answer.',
          type: 'integer',
          minimum: 1,
          maximum: 50000,
        },
        tail: {
          description: 'The last so many lines instead, as far as length allows.',
          type: 'integer',
          minimum: 1,
          maximum: 10000,
        },
        grep: {
          description: 'Only lines that contain this text (literally, no pattern), with their line numbers.',
          type: 'string',
          minLength: 1,
          maxLength: 1000,
        },
        context: {
          default: 0,
          description: 'With grep: so many lines around each match.',
          type: 'integer',
          minimum: 0,
          maximum: 20,
        },
        raw: { default: false, description: 'Leaves colours and other control characters in.', type: 'boolean' },
        timeout_seconds: {
          type: 'integer',
          description: 'Seconds after which the run is stopped on the server.',
          minimum: 1,
          maximum: 3600,
          default: 60,
        },
      },
      required: ['server', 'request_id'],
      additionalProperties: false,
    },
    data_schema: {
      type: 'object',
      properties: {
        text: { type: 'string' },
        offset: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        next_offset: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
        kept_bytes: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
        written_bytes: {
          anyOf: [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, { type: 'null' }],
        },
        binary: { type: 'boolean' },
        matches: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
      required: ['text', 'offset', 'next_offset', 'kept_bytes', 'written_bytes', 'binary'],
      additionalProperties: false,
    },
    idempotent: true,
  },
];
