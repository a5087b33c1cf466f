"""The style of the page: for screens, wide and narrow, light and dark, and for paper.

On a narrow screen each row of a table is a card: its cells stand one below the other, each behind
the head of its column, which the cell has as `data-label`.
"""

STYLE = """
:root { --ink: #1a1d21; --paper: #fff; --faint: #5c6570; --line: #d4d9df; --shade: #f4f6f8;
  --good: #17663a; --bad: #b3261e; --link: #0b57a4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e6ea; --paper: #15181c; --faint: #9aa4af; --line: #363d45; --shade: #1d2126;
    --good: #6fcf97; --bad: #ff8a80; --link: #8ab4f8 }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 80rem; color: var(--ink);
  background: var(--paper); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem }
a { color: var(--link) } a:target, :target { outline: 2px solid var(--link) }
nav ul { columns: 16rem; padding-left: 1.2rem }
code { font: .85em ui-monospace, monospace }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .5rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); font-weight: normal }
thead th { color: var(--faint); font-size: .85em; overflow-wrap: normal }
table.counts th, table.counts td { min-width: 3.2rem }
table.counts tbody th, table.rules td:nth-child(2) { min-width: 11rem }
table.rules tbody th { min-width: 4rem }
table.counts td:last-child, table.flags td:nth-child(8) { min-width: 12rem; font-size: .85em }
table.tests { margin-bottom: 1.2rem }
table.tests > tbody > tr:first-child > * { border-bottom: 0; min-width: 5rem }
table.tests > tbody > tr:first-child > th { width: 24% }
table.tests > tbody > tr:first-child > td:nth-child(3) { width: 26% }
table.tests > tbody > tr:first-child > td:last-child { min-width: 6.5rem; overflow-wrap: normal }
table.tests > tbody > tr:last-child > td { padding-top: 0 }
table.values, table.hashes { margin: .3rem 0 .8rem; font: 12.5px/1.4 ui-monospace, monospace;
  background: var(--shade) }
table.hashes td:nth-child(2) { overflow-wrap: normal }
table.values tbody th, table.facts tbody th { width: 16rem; color: var(--faint) }
.id { margin-right: .6em }
summary { color: var(--faint); cursor: pointer; font-size: .85em }
table.counts summary { font-size: 1em }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 }
@media screen and (max-width: 68rem) {
  body { padding: .75rem }
  table, thead, tbody, tr, th, td { display: block; width: auto }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden }
  table.tests > tbody > tr:first-child > th, table.tests > tbody > tr:first-child > td:nth-child(3),
  table.values tbody th, table.facts tbody th { width: auto }
  th, td, table.tests > tbody > tr:first-child > * { border-bottom: 0; padding: .1rem 0;
    min-width: 0 }
  tbody th { font-weight: 600 }
  table:not(.tests) > tbody > tr, table.tests > tbody { padding: .5rem 0;
    border-bottom: 1px solid var(--line) }
  table.values, table.hashes { padding: 0 .5rem }
  table.counts td { display: inline-block; margin-right: 1em }
  table.counts td:last-child, table.flags td:nth-child(8) { display: block; margin-right: 0 }
  td[data-label]:not([data-label=""], [data-label="value"])::before {
    content: attr(data-label) ": "; color: var(--faint); font-weight: normal }
  .id { display: block }
}
@media print {
  :root { --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --shade: #fff;
    --good: #000; --bad: #000; --link: #000 }
  body { max-width: none; padding: 0; font-size: 9pt }
  table.values, table.hashes { font-size: 7.5pt }
  table.counts th, table.counts td { min-width: 0; overflow-wrap: normal }
  table.counts td:last-child, table.flags td:nth-child(8) { overflow-wrap: anywhere }
  thead { display: table-header-group } tr, summary { break-inside: avoid }
  h2, h3 { break-after: avoid }
  table.tests details:not([open]) { display: none }
}
"""
