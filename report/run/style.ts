// How the page of a run looks, light and dark.

import { PALETTE } from "../palette.ts";

export const STYLE = `${PALETTE}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
header { position: sticky; top: 0; z-index: 200; background: var(--paper); border-bottom: 1px solid var(--line); padding: .5rem 1.5rem }
h1 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin: 0 0 .75rem } h3 { font-size: 1rem; margin: .5rem 0; width: 100% }
nav { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .9rem } a { color: var(--accent) }
main { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem 4rem } section { padding-top: 1.5rem; scroll-margin-top: 5rem }
.skip { position: absolute; left: -100rem } .skip:focus { left: 1rem; top: 1rem; z-index: 300; background: var(--paper) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.wide { overflow: auto; max-width: 100%; max-height: 40rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--dim); white-space: nowrap } th:first-child, td:first-child { text-align: left } 
tr.best td { font-weight: 600; background: color-mix(in srgb, var(--accent) 15%, transparent) } td { white-space: nowrap } .many .u-legend { display: none }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1.25rem; margin: 0 } dl.facts dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
.note { color: var(--dim); border-left: 3px solid var(--line); padding-left: .75rem }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem } .plot { width: 100%; min-width: 0 }
figure { margin: 0; min-width: 0 } figcaption { color: var(--dim); font-size: .9rem }
.u-legend { font-size: .8rem; color: var(--ink) } .u-legend th { color: var(--ink); white-space: normal; font-weight: 400 } .u-legend td, .u-legend th { border: 0; padding: 0 .25rem } .u-legend.u-live tr:has(td:empty) th::after { content: none }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; margin: 0 0 .75rem } .key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .35rem; vertical-align: -.1rem }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem } .controls input[type=range] { flex: 1 1 12rem; max-width: 30rem }
.shown { overflow: auto; max-height: 40rem } .shown h2 { font-size: .95rem } .shown img { image-rendering: pixelated; max-width: 100%; height: auto } .shown pre { white-space: pre-wrap; overflow-wrap: anywhere }
.shown td, .shown th { padding: 0; min-width: 1.1em; text-align: center; border: 0 } .shown .heat { white-space: nowrap; font-family: ui-monospace, monospace } .shown .heat b { display: inline-block; width: 3em }
.matrix td { padding: 0; border: 1px solid var(--line); min-width: 2.6rem; background: color-mix(in srgb, #ea580c calc(var(--share, 0) * 100%), transparent) }
.matrix td.right { background: color-mix(in srgb, #2563eb calc(var(--share, 0) * 70%), transparent) } .matrix th[scope=row] { text-align: right }
.matrix th { max-width: 12rem; overflow: hidden; text-overflow: ellipsis } .matrix button { width: 100%; padding: .3rem; background: none; border: 0 }
button { font: inherit; color: inherit; cursor: pointer; background: var(--soft); border: 1px solid var(--line); border-radius: 4px }
.cases { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: .75rem; align-items: flex-start } .case { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .5rem; max-width: 17rem }
.case figcaption { font-size: .8rem; max-width: 9.5rem; overflow-wrap: anywhere } .case small { display: block; opacity: .85 } .case code { white-space: pre-wrap; overflow-wrap: anywhere }
.case dl { display: grid; grid-template-columns: auto auto; gap: 0 .6rem; margin: 0; font-size: .8rem } .case dt { color: var(--dim) }
.picture { display: block; image-rendering: pixelated; background-repeat: no-repeat }
.pair { display: flex; flex-wrap: wrap; gap: 2rem; margin-top: 1rem } .scatter { width: min(100%, 22rem) } .scatter .frame { fill: none; stroke: var(--line) } .scatter .equal { stroke: var(--dim); stroke-dasharray: 4 3 }
.spreads { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.25rem } .spreadof figcaption { overflow-wrap: anywhere } .spreadof small { color: var(--dim) }
.bars { width: 100%; max-width: 22rem; height: 3rem; fill: var(--accent); border-bottom: 1px solid var(--line) } details summary { cursor: pointer; margin: .5rem 0 }
iframe.graph { width: 100%; height: min(44rem, 85vh); border: 1px solid var(--line); border-radius: 6px; margin-bottom: 1rem } meter { width: 8rem }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto; font: 13px/1.45 ui-monospace, monospace }
@media (max-width: 40rem) { main { padding: 0 .75rem 3rem } header { padding: .5rem .75rem; position: static } }`;
