// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace inhaul::publish {

/// The style sheet of the page. Each colour of a text has a contrast of at least 4.5 to its ground.
inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--ground:#f6f7f8;--card:#fff;--text:#1d2328;--quiet:#59636e;
--line:#e1e4e8;--good:#136c3a;--busy:#1757a6;--warning:#805300;--bad:#ae211a;
--prepare:#8fa3b8;--build:#6f86d6;--switch:#3f9d9d;--start:#4a9a5b;--after:#b08fc7;--back:#d0803f}
@media (prefers-color-scheme:dark){:root{--ground:#13171b;--card:#1b2026;--text:#e3e7eb;
--quiet:#a4aeb8;--line:#2d343b;--good:#74cf99;--busy:#8dbaf3;--warning:#ecc06a;--bad:#ff9f96}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);line-height:1.5;
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
header,main,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.25rem}
h1{font-size:1.5rem;font-weight:600;margin:0;letter-spacing:-.01em}
h2{font-size:1.2rem;font-weight:600;margin:0}
h3{font-size:.8rem;font-weight:600;margin:1.75rem 0 .35rem;color:var(--quiet)}
p{margin:.35rem 0}
.quiet,dt,th,footer{color:var(--quiet)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:1.25rem 0 0}
nav a{display:flex;align-items:center;gap:.5rem;padding:.3rem .75rem;border-radius:1rem;
background:var(--card);border:1px solid var(--line);color:inherit;text-decoration:none}
nav a:hover{border-color:var(--quiet)}
a:focus-visible{outline:3px solid var(--busy);outline-offset:2px}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;
padding:1.5rem;margin:1.25rem 0}
.title{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:.25rem 1rem}
.state{display:inline-flex;align-items:center;gap:.45rem;font-weight:600;margin:0}
.dot{width:.6rem;height:.6rem;border-radius:50%;background:currentColor;flex:none}
.good{color:var(--good)}.busy{color:var(--busy)}.warning{color:var(--warning)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem 2rem;
margin:1.25rem 0 0}
dt{font-size:.8rem}
dd{margin:0}
table{width:100%;border-collapse:collapse;font-size:.9rem}
th{text-align:left;font-weight:500;font-size:.8rem;white-space:nowrap}
th,td{padding:.6rem .75rem .6rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-size:inherit;font-variant-numeric:tabular-nums}
td.time{white-space:nowrap;font-variant-numeric:tabular-nums}
td.took{min-width:8rem;font-variant-numeric:tabular-nums}
td small{display:block;color:var(--quiet);font-size:.85rem}
svg.bar{display:block;width:100%;height:.45rem;margin-top:.3rem;border-radius:.25rem;
background:var(--line)}
svg rect{shape-rendering:crispEdges}
.prepare{fill:var(--prepare)}.build{fill:var(--build)}.switch{fill:var(--switch)}
.start{fill:var(--start)}.after{fill:var(--after)}.back{fill:var(--back)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:0}
.legend svg{width:.7rem;height:.7rem;margin-right:.4rem;border-radius:.2rem}
footer{font-size:.85rem;padding-bottom:3rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
@media (max-width:44rem){
header,main,footer{padding-left:.9rem;padding-right:.9rem}
section{padding:1.1rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody{display:block}
tbody tr{display:grid;grid-template-columns:auto 1fr;gap:.3rem .75rem;padding:1rem 0;
border-bottom:1px solid var(--line)}
tbody tr:last-child{border-bottom:0}
tbody td,tbody th{display:block;padding:0;border:0}
td:nth-child(n+3){grid-column:1/-1}
td.time small{display:inline;margin-left:.75rem}}
@media (prefers-reduced-motion:no-preference){nav a{transition:border-color .15s}}
)css";

}  // namespace inhaul::publish
