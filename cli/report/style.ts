/** The style of the page: light, dark and print. No text of a report is in it. */
export const style = `
:root { color-scheme: light dark; --paper: #ffffff; --raised: #f5f6f8; --ink: #1b2430; --soft: #566173; --line: #d9dee6;
  --link: #0b57b7; --good: #1e7a3e; --bad: #b3261e; --high: #b4530a; --medium: #7a5d00; --low: #3a5a8c; --unknown: #6b7280;
  --recorded: #2f8f55; --missing: #c5281c; --drift: #d98a1f; --action: #2563c9; --window: #8457c2; --hatch: #9aa3b2; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --raised: #1d232b; --ink: #e6eaf0; --soft: #a3adbb;
  --line: #333c48; --link: #7db4ff; --good: #5fcf86; --bad: #ff8a80; --high: #ffb074; --medium: #f2cf66; --low: #9cc0f5;
  --unknown: #9aa3b2; --recorded: #3fae6c; --missing: #ef5b4d; --drift: #e5a341; --action: #5b95f0; --window: #a982e0;
  --hatch: #7d8796; } }
* { box-sizing: border-box; }
html { scroll-behavior: auto; }
body { overflow-wrap: anywhere; margin: 0 auto; max-width: 1140px; padding: 0 24px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -9999px; }
.skip:focus { position: static; display: inline-block; margin: 12px 0; }
header { padding: 32px 0 16px; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 28px; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 0 0 16px; font-size: 20px; line-height: 1.3; }
h3 { margin: 0; font-size: 15px; line-height: 1.4; }
small { font-weight: 400; color: var(--soft); white-space: nowrap; }
p { margin: 0 0 10px; }
.when { margin: 6px 0 0; font-size: 17px; }
.by { margin: 4px 0 0; color: var(--soft); font-size: 13px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 16px 0 0; padding: 0; list-style: none; font-size: 14px; }
section { padding: 28px 0 8px; }
section > h3, .day > h3 { margin: 18px 0 8px; }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.verdict { padding: 12px 16px; border-left: 4px solid var(--good); background: var(--raised); font-size: 17px; }
.verdict.bad { border-color: var(--bad); }
.coverage, .tiles { display: grid; gap: 12px; margin-bottom: 12px; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); }
.tile { padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px; }
.tile h3 { color: var(--soft); font-size: 13px; font-weight: 600; }
.tile p { margin: 0; color: var(--soft); font-size: 13px; }
.tile .number { color: var(--ink); font-size: 30px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
.shares { display: block; width: 100%; height: 14px; margin: 10px 0 8px; border-radius: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0; padding: 0; list-style: none; font-size: 13px; }
.key { display: inline-block; width: 11px; height: 11px; margin-right: 6px; border-radius: 2px; vertical-align: -1px; }
.key.recorded { background: var(--recorded); } .key.missing { background: var(--missing); } .key.unknown { background: var(--hatch); }
figure { margin: 0 0 8px; }
figcaption { margin-bottom: 6px; font-weight: 600; }
.scroll { overflow-x: auto; }
.timeline { display: block; width: 100%; min-width: 760px; height: auto; font: 12px system-ui, "DejaVu Sans", sans-serif; }
.timeline text { fill: var(--ink); } .timeline .tick-label, .timeline .bar-label { fill: var(--soft); font-size: 11.5px; }
.timeline .lane-label { font-size: 13px; } .timeline .remark { fill: var(--soft); font-size: 10.5px; }
.tick, .rule { stroke: var(--line); stroke-width: 1; } .tick { stroke-dasharray: 2 4; }
.recorded { fill: var(--recorded); } .missing { fill: var(--missing); } .drift { fill: var(--drift); }
.action { fill: var(--action); } .window { fill: var(--window); } .no-record { fill: var(--line); }
.unknown-solid { fill: var(--hatch); } .hatch-ground { fill: var(--paper); } .hatch-line { fill: var(--hatch); }
.uncertain, .unknown { stroke: var(--hatch); stroke-width: 1; }
table { width: 100%; margin: 8px 0 18px; border-collapse: collapse; font-size: 13px; }
caption { padding: 6px 0; text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: 6px 14px 6px 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; min-width: 13ch; }
code.name { white-space: nowrap; }
th { font-weight: 600; } tbody th { font-weight: 400; } thead th { color: var(--soft); border-top: 0; }
td:has(> ul) { min-width: 34ch; } td ul, dd ul { margin: 0; padding-left: 18px; }
time { font-variant-numeric: tabular-nums; }
.facts { display: grid; gap: 4px 0; margin: 10px 0 14px; }
.facts > div { display: grid; grid-template-columns: 130px 1fr; gap: 12px; }
dt { color: var(--soft); } dd { margin: 0; }
details { margin: 0 0 12px; } summary { cursor: pointer; }
.incident .content { scroll-margin-top: 56px; } .incident .content:focus { outline: none; }
.incident { padding: 12px 16px; border: 1px solid var(--line); border-radius: 8px; }
.incident summary h3, .day summary h3 { display: inline; }
.day { padding: 8px 0; border-top: 1px solid var(--line); }
.record { margin: 0; color: var(--soft); font-size: 12.5px; }
.warning { padding: 8px 12px; border-left: 4px solid var(--bad); background: var(--raised); }
.chip { display: inline-block; padding: 0 8px; border: 1px solid currentColor; border-radius: 10px; font-size: 12px; font-weight: 600; white-space: nowrap; }
.chip.critical, .chip.failed { color: var(--bad); } .chip.high { color: var(--high); } .chip.medium { color: var(--medium); }
.chip.low { color: var(--low); } .chip.applied { color: var(--good); }
footer { margin-top: 28px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
@media (max-width: 600px) { body { padding: 0 14px 32px; } .facts > div { grid-template-columns: 1fr; gap: 0; } }
@media screen and (max-width: 600px) { table, caption, tbody, tr, th, td { display: block; } thead { position: absolute; left: -9999px; }
  tr { padding: 8px 0; border-top: 1px solid var(--line); } th, td { min-width: 0; padding: 2px 0; border: 0; } tbody th { font-weight: 600; }
  td, td:has(> ul) { min-width: 0; display: grid; grid-template-columns: 96px minmax(0, 1fr); gap: 8px; } td::before { content: attr(data-column); color: var(--soft); } }
@page { size: A4; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; color: #444444; } }
@media print { :root { color-scheme: light; --paper: #ffffff; --raised: #f5f6f8; --ink: #111111; --soft: #444444; --line: #c4c9d1;
  --link: #111111; --good: #1e7a3e; --bad: #b3261e; --high: #b4530a; --medium: #7a5d00; --low: #3a5a8c; --recorded: #2f8f55;
  --missing: #c5281c; --drift: #d98a1f; --action: #2563c9; --window: #8457c2; --hatch: #9aa3b2; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } nav, .skip { display: none; } header { padding-top: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; } .timeline { min-width: 0; } table { font-size: 8pt; } code { font-size: 7.5pt; }
  th, td, td:has(> ul) { min-width: 10ch; padding-right: 8px; } h1 { font-size: 18pt; } h2 { font-size: 13pt; break-after: avoid; }
  h3, caption, thead { break-after: avoid; } tr, .tile, figure, .facts > div { break-inside: avoid; }
  .day:not([open]) .incident { display: none; }
  .day:not([open])::details-content, .folded:not([open])::details-content { content-visibility: visible; block-size: auto; display: block; } details.spans:not([open]) { display: none; }
  section { padding: 12pt 0 4pt; } .incident { padding: 4pt 0 4pt 10pt; border-width: 0 0 0 2px; border-radius: 0; } a { text-decoration: none; } .verdict { font-size: 12pt; } }
`;
