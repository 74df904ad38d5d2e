const lines = (text: string): readonly string[] => text.split('\n').slice(1, -1);
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const FILES = words(String.raw`
a.txt b.log ./c -n new /srv/app/a.txt /etc/hosts /etc/new /var/log/app.log /tmp/x ../b /srv/repo . /srv * *.txt ?.txt [ab].txt ~ ~/.profile - /dev/null /dev/stdout
`);

export const TEXTS = lines(String.raw`
x
1
0
a b

p
HEAD
%s
+1
a=b
{}
:
--
$x
"$x"
"$1"
"$@"
$#
$?
${'${x:-a}'}
"${'${x%.*}'}"
$((1 + 1))
#
!
%output{/tmp/x}
'$(touch harm)'
`);

/** They are never read-only, however they are spelled. */
export const HARMFUL = lines(String.raw`
touch harm
rm -f a.txt
rm -rf /srv/app
mv a.txt c
cp a.txt c
tee harm
mkdir harm
ln -s a harm
truncate -s 0 a.txt
chmod 600 a.txt
dd of=harm
sed -i s/a/b/ a.txt
sort -o a.txt a.txt
find . -delete
install a.txt harm
sleep 9 &
setsid sleep 9
nohup touch harm
`);

export const REDIRECTIONS = lines(String.raw`
2>/dev/null
>/dev/null
2>&1
>&2
</dev/null
< a.txt
<&-
> harm
>> a.txt
>| harm
<> harm
&> harm
>& harm
&>/dev/null
> "$x"
2> harm
1>&2
> /dev/null harm
<<< x
3< a.txt
3> harm
`);

export const WRAPPERS = lines(String.raw`
env
env -i
env A=b
nice
nice -n 5
timeout 1
command
exec
builtin
time
stdbuf -oL
busybox
xargs
xargs -n 1
xargs -I{}
!
A=b
LC_ALL=C
IFS=,
PATH=.:$PATH
eval
find . -exec
ionice -c 3
command -v
type
`);

export const FIND = lines(String.raw`
-name "*.txt"
-type f
-print0
-exec ls {} +
-exec rm {} \;
-newer a.txt
-fprint harm
-o -delete
! -name x
-printf %p
`);

export const AWK = lines(String.raw`
{print $1}
{print > "harm"}
BEGIN {system("touch harm")}
{print | "sh"}
NR > 1 {print $0}
/a/ {n++} END {print n}
BEGIN {"touch harm" | getline}
$1 > 2
{printf "%s\n", $1 >> "harm"}
{x = "a>b"; print x}
/"/ {print > "harm" }
`);

export const SED = [
  ...lines(String.raw`
p
s/a/b/
s/a/b/w harm
w harm
1!G;h;$!d
s/a/touch harm/e
e touch harm
/a/,/b/p
y/a/b/
s,a,b,gp
$!N;s/\n/ /
:a;N;$!ba;s/\n/,/g
/a/{p;w harm
s/[/]/x/;w harm
r a.txt
/\/x/w harm
2q
$d
y/;/w/
1~2d
/a/I,+2p
`),
  'a\\\nw harm',
  '1i\\\nx',
  's/a/\\\nw harm/',
  's/x/y/;#w harm\nw harm',
];

/** What makes another program of one. */
export const SCRAPS = [
  ...words(String.raw`
; & | && || " ' \ $ ( ) { } $( ${'${'} $(( (( )) [[ ]] < > << <<A # ! = * ? [ ] $' $" ~ , : - @( ;; do done fi then esac in >harm <( >( |& &>
`),
  '`',
  '\n',
  ' ',
  '\t',
  '\\\n',
  '\nA\n',
  'touch harm',
  '\ntouch harm\n',
  '\u00a0',
];
