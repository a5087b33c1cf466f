"""The style of the page: for screens, light and dark, and for paper."""

STYLE = """
:root { --ink: #1a1d21; --paper: #fff; --faint: #5c6570; --line: #d4d9df; --shade: #f4f6f8;
  --good: #17663a; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e6ea; --paper: #15181c; --faint: #9aa4af; --line: #363d45; --shade: #1d2126;
    --good: #6fcf97; --bad: #ff8a80 }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; color: var(--ink);
  background: var(--paper); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.5rem } h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere;
  border-bottom: 1px solid var(--line); font-weight: normal }
thead th { color: var(--faint); font-size: .85em; overflow-wrap: normal }
table.counts td:nth-child(n+2):nth-child(-n+6),
table.counts th:nth-child(n+2):nth-child(-n+6) { text-align: right }
table.counts tbody th { overflow-wrap: normal } table.counts td:last-child { font-size: .85em }
table.tests { margin-bottom: 1.2rem }
table.tests > tbody > tr:first-child > td { border-bottom: 0 }
table.tests > tbody > tr:first-child > td:nth-child(3) { width: 40% }
table.tests > tbody > tr:first-child > td:nth-child(4) { font-size: .85em }
table.values, table.hashes { margin: .3rem 0 .8rem; font: 12.5px/1.4 ui-monospace, monospace;
  background: var(--shade) }
table.values tbody th { width: 16rem; color: var(--faint) }
table.tests > tbody > tr:first-child > td:last-child { overflow-wrap: normal; white-space: nowrap }
table.tests > tbody > tr:first-child > td:nth-child(2) { overflow-wrap: normal }
table.tests > tbody > tr:last-child > td { padding-top: 0 }
summary { color: var(--faint); cursor: pointer; font-size: .85em }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 }
@media (max-width: 48rem) { table.counts, table.tests { display: block; overflow-x: auto } }
@media print {
  :root { --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --shade: #fff;
    --good: #000; --bad: #000 }
  body { max-width: none; padding: 0; font-size: 9pt }
  table.values, table.hashes { font-size: 7.5pt }
  thead { display: table-header-group } tr, summary { break-inside: avoid }
  h2 { break-after: avoid }
  table.tests details:not([open]) { display: none }
}
"""
