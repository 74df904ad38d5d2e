/**
 * Which processes of a server are of a request: awk programs, pure, over lists of processes. A process that is signalled by mistake on somebody's
 * server is worse than one that is left, so nothing counts here that a process can say about another one: neither names nor arguments nor open
 * files, but only what the kernel says of parents, sessions, owners and starts.
 */

/** Prints every line of every `PID/stat` (proc(5)) behind its path. A process that ends meanwhile is left out; awk might end with an error there. */
export const PROC_STATS = "grep -s '' [0-9]*/stat /dev/null";

/**
 * Reads those lines; prints a row for each process that has not ended: `PID PARENT SESSION START YOUNG`. YOUNG is 1 for what started at most `window`
 * hundredths of a second before the process `self`. A name may hold newlines and brackets; what follows the last `)` is numbers.
 */
export const PROC_ROWS = `
  { pid = substr($0, 1, index($0, "/") - 1); text[pid] = text[pid] " " substr($0, index($0, ":") + 1) }
  function read(pid, rest, cut, field) {
    rest = text[pid]
    while (cut = index(rest, ")")) rest = substr(rest, cut + 1)
    if (split(rest, field, " ") < 20 || field[1] ~ /^[ZX]/) return
    row[pid] = pid " " field[2] " " field[4] " " field[20]
    start[pid] = field[20]
  }
  END {
    for (pid in text) read(pid)
    if (self in row) for (pid in row) print row[pid], (start[pid] >= start[self] - window)
  }`;

/**
 * Reads `pid ppid pgid uid stat etime lstart` as ps(1) prints them; prints the same rows. Process groups take the place of sessions, which ps does
 * not show everywhere. YOUNG is 0 for processes of other users too.
 */
export const PS_ROWS = `
  function seconds(elapsed, part, count) {
    count = split(elapsed, part, /[-:]/)
    return part[count] + 60 * part[count - 1] + 3600 * (count > 2 ? part[count - 2] : 0) + 86400 * (count > 3 ? part[count - 3] : 0)
  }
  NF < 11 || $5 ~ /^Z/ { next }
  { print $1, $2, $3, $7 "_" $8 "_" $9 "_" $10 "_" $11, ($4 == uid && seconds($6) * 100 <= window) }`;

/**
 * Reads three lines, MARKED, KNOWN and SESSIONS, and then those rows; prints `SESSIONS|PIDS|KNOWN|OTHERS`, or nothing where `self` is not among the
 * rows. Of the request are
 *
 * - the young ones in MARKED, which were found to carry its mark;
 * - those of the last look, KNOWN as `PID@START`, that are the same processes still, since parents may be the first to go;
 * - what descends from any of these, whoever owns it (sudo);
 * - what is in a session whose leader is of the request, also after the leader is gone (SESSIONS of the last look) as long as one of the known is in
 *   it: until then the kernel gives its number to nobody else. A session that another process leads is left alone.
 *
 * Never are: 0, 1, and `self` with all that it descends from. OTHERS are the young ones that may yet carry the mark.
 */
export const SELECTION = `
  NR == 1 { marked = $0; next }
  NR == 2 { known = $0; next }
  NR == 3 { sessions = $0; next }
  { parent[$1] = $2; session[$1] = $3; start[$1] = $4; if ($5) young[$1] = 1 }
  function add(pid) {
    if (pid in ours || pid in spared || !(pid in start)) return
    ours[pid] = grown = 1
    if (session[pid] == pid) owned[pid] = 1
  }
  function addKnown(was) {
    if (!(was[1] in start) || start[was[1]] != was[2]) return
    add(was[1])
    if (session[was[1]] in led) owned[session[was[1]]] = 1
  }
  END {
    if (!(self in start)) exit
    spared[0] = spared[1] = 1
    for (pid = self; pid in start && !(pid in spared); pid = parent[pid]) spared[pid] = 1
    split(sessions, list, " "); for (i in list) led[list[i]] = 1
    split(known, list, " "); for (i in list) { split(list[i], was, "@"); addKnown(was) }
    split(marked, list, " "); for (i in list) if (list[i] in young) add(list[i])
    do { grown = 0; for (pid in start) if (parent[pid] in ours || session[pid] in owned) add(pid) } while (grown)
    for (id in owned) printf "%s ", id
    printf "|"; for (pid in ours) printf "%s ", pid
    printf "|"; for (pid in ours) printf "%s@%s ", pid, start[pid]
    printf "|"; for (pid in young) if (!(pid in ours) && !(pid in spared)) printf "%s ", pid
  }`;

/** Reads the arguments of a process, one a line; succeeds when it is the shell that was given the request: `SHELL -c FIRST...`. */
export const FIRST_PROCESS = `
  NR == 2 && $0 != "-c" { exit }
  NR == 3 { found = index($0, first) == 1; exit }
  END { exit !found }`;
