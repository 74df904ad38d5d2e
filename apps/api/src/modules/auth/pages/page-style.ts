/** The one style of all pages: system fonts, two schemes, readable from 320 px on. All colours of text have a contrast of at least 4.5 (WCAG 1.4.3). */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --paper: #fbfbfa; --ink: #1d2023; --quiet: #565c63; --line: #cfd3d7; --field: #fff;
  --accent: #1f5fa8; --on-accent: #fff; --alert: #a32020; --alert-paper: #fdf0ef; --good: #1c6b3c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e7e9eb; --quiet: #a5acb4; --line: #3c4248; --field: #1e2125;
    --accent: #7fb2ee; --on-accent: #10151b; --alert: #ff9d94; --alert-paper: #33191a; --good: #7fd6a0;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
header, main { max-width: 30rem; margin: 0 auto; }
.brand { margin: 1rem 0 0; color: var(--quiet); letter-spacing: .04em; }
h1 { margin: .25rem 0 1rem; font-size: 1.5rem; line-height: 1.25; font-weight: 600; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.125rem; font-weight: 600; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; font-weight: 600; }
p, ul, dl, form { margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
.quiet { color: var(--quiet); }
input + .quiet { margin-top: .25rem; }
a { color: var(--accent); }
label { display: block; margin: 1rem 0 .25rem; font-weight: 500; }
input:not([type=hidden]) {
  width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit;
  color: inherit; background: var(--field); border: 1px solid var(--quiet); border-radius: .375rem;
}
button {
  min-height: 2.75rem; margin: 1rem .5rem 0 0; padding: .5rem 1.25rem; font: inherit; font-weight: 500; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .375rem;
}
button.second { color: var(--ink); background: transparent; border-color: var(--quiet); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[role=alert], [role=status] { padding: .75rem 1rem; border-left: 4px solid var(--good); background: var(--field); }
[role=alert] { border-color: var(--alert); background: var(--alert-paper); color: var(--alert); }
code, .code { font-family: ui-monospace, monospace; }
.code { font-size: 1.25rem; letter-spacing: .06em; }
[role=alert][hidden] { display: none; }
.picture { max-width: 14rem; margin: 0 0 1rem; }
.picture svg { display: block; width: 100%; }
dl { display: grid; grid-template-columns: minmax(5rem, auto) 1fr; gap: .25rem 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
.list { padding: 0; list-style: none; }
.list > li { padding: .75rem 0; border-top: 1px solid var(--line); }
.list form { margin: 0; }
.list button { margin-top: .5rem; }
`;

/** A lamp that is on: the executor is there. */
export const PAGE_ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1f5fa8"/><circle cx="8" cy="8" r="3.5" fill="#fff"/></svg>';
