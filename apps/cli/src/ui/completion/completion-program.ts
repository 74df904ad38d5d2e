/**
 * Reads the table (`completionTable`) and prints what can stand where the cursor is, a word and what it does with a tab between; `:files` stands for
 * the files that the shell knows itself. awk(1) of POSIX: it is everywhere, takes a few milliseconds where Node takes hundreds, and spares three
 * shells a program each. Without single quotes and double backslashes, so that all of them can quote it.
 *
 * In its environment: SERVONAUT_TYPED, the words after the name of the program with U+001F between, the last of which is being typed; and the variables
 * that say where the files of servonaut are, and which profile is meant.
 */
export const COMPLETION_PROGRAM = `
function offer(text, about) {
  if (index(text, typed) == 1) print text "\\t" about
}
function lines(file, lead, line) {
  while ((getline line < file) > 0) offer(lead line, "")
  close(file)
}
function chosen(line, name) {
  if (profile != "") return profile
  if (ENVIRON["SERVONAUT_PROFILE"] != "") return ENVIRON["SERVONAUT_PROFILE"]
  name = "default"
  while ((getline line < (config "/settings.yaml")) > 0)
    if (line ~ /^profile:/) { sub(/^profile:[ "]*/, "", line); sub(/[" #].*/, "", line); name = line }
  return name
}
function values(sort, lead, list, count, i, line, command) {
  if (sort ~ /^=/) {
    count = split(substr(sort, 2), list, ",")
    for (i = 1; i <= count; i++) offer(lead list[i], "")
  } else if (sort == "servers") {
    line = substr(typed, length(lead) + 1)
    if (match(line, /.*[,!]/)) lead = lead substr(line, 1, RLENGTH)
    lines(state "/profiles/" chosen() "/server-names", lead)
  } else if (sort == "profiles") {
    command = "ls \\"$SERVONAUT_PROFILES\\" 2>/dev/null"
    while ((command | getline line) > 0) offer(lead line, "")
  } else if (sort == "files" && lead == "") print ":files"
}
function below(at, wanted, i, fields, found) {
  for (i = 1; i <= rows; i++) {
    split(row[i], fields, "\\t")
    if (fields[1] == at && (wanted == ">" ? fields[3] == ">" : fields[2] ~ /^--/)) { offer(fields[2], fields[4]); found = 1 }
  }
  return found
}
BEGIN { FS = "\\t" }
$1 == "@config" { config = $4; next }
$1 == "@state" { state = $4; next }
{ row[++rows] = $0; kind[$1, $2] = $3; known[$1, $2] = 1 }
END {
  if (ENVIRON["SERVONAUT_CONFIG_DIR"] != "") config = ENVIRON["SERVONAUT_CONFIG_DIR"]
  if (ENVIRON["SERVONAUT_STATE_DIR"] != "") state = ENVIRON["SERVONAUT_STATE_DIR"]
  count = split(ENVIRON["SERVONAUT_TYPED"], word, "\\037")
  path = flag = ""
  for (i = 1; i < count; i++) {
    if (flag != "") { if (flag == "--profile") profile = word[i]; flag = ""; continue }
    if (word[i] == "--") exit
    if (word[i] ~ /^--profile=/) profile = substr(word[i], 11)
    if (word[i] ~ /^-/) { if (kind[path, word[i]] != "") flag = word[i]; continue }
    next_path = path == "" ? word[i] : path " " word[i]
    if (!inside && kind[path, word[i]] == ">") path = next_path
    else inside = 1
  }
  typed = word[count]
  if (flag != "") values(kind[path, flag], "")
  else if (match(typed, /^--[a-z-]+=/)) values(kind[path, substr(typed, 1, RLENGTH - 1)], substr(typed, 1, RLENGTH))
  else if (typed ~ /^-/) { below(path, "-"); if (path != "") offer("--help", "Say what it does.") }
  else if (inside || !below(path, ">")) {
    values(kind[path, ""], "")
    if (typed == "" && !known[path, ""]) below(path, "-")
  }
}
`;
