/// How the page looks, on light and on dark screens.
enum PageStyle {
  static let text = colors + base + tables + charts + figures + graph

  private static let colors = """
    :root{color-scheme:light dark;
    --paper:#fbfbf9;--panel:#fff;--ink:#1c1f24;--muted:#59606a;--line:#e3e4e1;--rule:#b9bdc2;
    --link:#1a56b0;--focus:#1a56b0;--room:#dfe8f4;--bound:#6f93c4;
    --ok:#1c7548;--rounding:#855c00;--wrong:#b8242b;--unchecked:#5d6470;
    --ok-tint:#eef7f1;--rounding-tint:#fbf4e0;--wrong-tint:#fdeceb;--unchecked-tint:#f3f4f5;
    --h0:#eef0f0;--h1:#fde6d5;--h2:#fbd0b2;--h3:#f6b48c;--h4:#ee946a;--h5:#e0724e;--h6:#c94f39;
    --h7:#a6302b;--h8:#741a20}
    @media (prefers-color-scheme:dark){:root{
    --paper:#111316;--panel:#181b1f;--ink:#e8eaed;--muted:#a3a9b2;--line:#2a2e34;--rule:#50565f;
    --link:#8ab8ff;--focus:#8ab8ff;--room:#1c2a3d;--bound:#5f83b5;
    --ok:#63c893;--rounding:#e3b64f;--wrong:#ff8a82;--unchecked:#a0a7b2;
    --ok-tint:#14251c;--rounding-tint:#2b2412;--wrong-tint:#351a1b;--unchecked-tint:#1f2226;
    --h0:#20242a;--h1:#3b1f1c;--h2:#5a2822;--h3:#7d3328;--h4:#a2432f;--h5:#c65b3c;--h6:#e27c56;
    --h7:#f3a57f;--h8:#ffd5bd}}

    """

  private static let base = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
    @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
    body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:anywhere;
    font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    header,main,footer{max-width:80rem;margin:0 auto;padding:0 1.25rem}
    header{padding-top:2.5rem}
    footer{padding:1rem 1.25rem 4rem;color:var(--muted);font-size:.875rem}
    .program{margin:0 0 .75rem;color:var(--muted);font-size:.875rem;letter-spacing:.04em}
    h1{margin:0;font-size:clamp(1.9rem,5vw,2.75rem);line-height:1.15;font-weight:650;
    letter-spacing:-.015em}
    h1 .model{display:block;margin-top:.35rem;font-size:1.125rem;font-weight:400;
    letter-spacing:0;color:var(--muted);font-family:ui-monospace,SFMono-Regular,Menlo,monospace}
    h2{margin:0 0 1rem;font-size:1.375rem;line-height:1.3;font-weight:600;letter-spacing:-.01em}
    h2 small{font-size:.9375rem;font-weight:400;color:var(--muted);letter-spacing:0}
    h3{margin:2.25rem 0 .35rem;font-size:1.0625rem;line-height:1.4;font-weight:600}
    h4{margin:0 0 .35rem;font-size:.875rem;font-weight:600}
    section.case,section[aria-labelledby=graph]{margin-top:3rem;padding-top:2rem;
    border-top:1px solid var(--line)}
    p{margin:0 0 .75rem}
    ul,ol,dl,dd,figure{margin:0;padding:0}
    ul,ol{list-style:none}
    .number{white-space:nowrap}
    .number,code{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.9em}
    a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
    small{font-size:.8125rem;color:var(--muted)}
    :focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:3px}
    .skip{position:absolute;left:-100vw;padding:.4rem .75rem;background:var(--panel)}
    .skip:focus{position:static;display:inline-block}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .defs{position:absolute}
    .hint{max-width:46rem;color:var(--muted);font-size:.9375rem}
    .lead{max-width:52rem}
    .ok{color:var(--ok)}.rounding{color:var(--rounding)}
    .wrong{color:var(--wrong)}.unchecked{color:var(--unchecked)}
    .badge{font-weight:600;white-space:nowrap;font-size:.8125rem}
        .conclusions{display:grid;gap:.75rem;margin-top:1.25rem;max-width:60rem}
    .conclusions p{margin:0}
    .headline{font-size:1.0625rem}
    .counts{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin-top:1rem}
    .counts .badge{font-size:.9375rem}
    nav{margin-top:2rem;padding:.9rem 1.1rem;background:var(--panel);border:1px solid var(--line);
    border-radius:8px}
    nav ul{display:grid;gap:.2rem}
    .kind{color:var(--muted);font-weight:400}
    .facts,.meanings{display:grid;gap:.3rem;margin-top:1.25rem;font-size:.9375rem}
    .facts div,.meanings div{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:.75rem}
    dt{color:var(--muted)}
    .meanings{margin-top:0}
    footer h2{font-size:.9375rem;margin-bottom:.5rem}
    .unknown{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin-bottom:1rem}
    .diagnosis{margin:1.25rem 0;padding:1rem 1.25rem;max-width:52rem;background:var(--panel);
    border:1px solid var(--line);border-left:3px solid var(--link);border-radius:6px}
    .diagnosis li+li{margin-top:.75rem}
    .diagnosis p{margin:0}
    .fix{color:var(--muted)}
    button{font:inherit;font-size:.8125rem;color:var(--ink);background:var(--panel);
    border:1px solid var(--rule);border-radius:5px;padding:.15rem .6rem;cursor:pointer}
    button[aria-pressed=true]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
    .zoom{display:flex;gap:.35rem;margin:.25rem 0 .75rem}
    @media (max-width:34rem){.facts div{grid-template-columns:minmax(0,1fr);gap:0}
    .facts{gap:.6rem}.meanings div{grid-template-columns:6.2rem minmax(0,1fr)}}

    """

  private static let tables = """
    .filter{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.5rem 0 .75rem;padding:0;border:0;
    font-size:.875rem}
    .filter legend{float:left;margin-right:1.1rem;padding:0;color:var(--muted)}
    .filter label{cursor:pointer;white-space:nowrap}
    .filter input{margin:0 .3rem 0 0;accent-color:var(--link)}
    .scroll{overflow:auto;border:1px solid var(--line);border-radius:8px;background:var(--panel)}
    .scroll.long{max-height:34rem}
    table{border-collapse:separate;border-spacing:0;width:100%;font-size:.8125rem;line-height:1.35;
    font-variant-numeric:tabular-nums;overflow-wrap:normal}
    th,td{padding:.36rem .55rem;text-align:left;vertical-align:baseline;white-space:nowrap;
    border-bottom:1px solid var(--line);font-weight:400}
    tbody:last-child tr:last-child>*{border-bottom:0}
    thead th{position:sticky;top:0;background:var(--panel);color:var(--muted);font-weight:500;
    border-bottom-color:var(--rule);z-index:1}
    .figure{text-align:right}
    .group th{padding-top:.9rem;color:var(--muted);white-space:normal}
    td small{margin-left:.2rem}
    .after{margin-top:.6rem}
    tr[data-verdict=wrong]>*{background:var(--wrong-tint)}
    tr[aria-current]>*{background:var(--room)}
    tr[id]{cursor:default;scroll-margin:4rem}
    tr a{color:inherit;text-decoration-color:var(--rule)}
    tr a:hover{text-decoration-color:currentcolor}

    """

  private static let charts = """
    .legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;margin:.25rem 0 .5rem;
    font-size:.8125rem;color:var(--muted)}
    .legend li{display:flex;align-items:center;gap:.4rem}
    .key{flex:none;overflow:visible}
    .swatch{width:16px;height:10px;background:var(--room);border-top:2px solid var(--bound)}
    .swatch.expected{background:var(--rule);border:0;opacity:.75}
    .swatch.found{height:0;background:none;border-top:2px solid var(--link)}
    .slide{overflow-x:auto;overflow-y:hidden;padding:3px}
    .track{position:relative;touch-action:pan-x pan-y;cursor:crosshair}
    .track .row{display:flex}
    .row+.row{margin-top:.4rem}
    .panel{margin:0;padding-left:60px;font-size:.8125rem;font-weight:600}
    .axis{flex:none;position:sticky;left:0;z-index:1;background:var(--paper)}
    .plot,.names{flex:1;width:0;min-width:0;overflow:visible}
    .tick,.callname,.callnumber{fill:var(--muted);font-size:12px;
    font-variant-numeric:tabular-nums}
    .tick,.callname{text-anchor:end}
    .callnumber{text-anchor:middle}
    .callname{font-size:11px}
    .wrongname{fill:var(--wrong);font-size:12px;font-weight:600;stroke:var(--paper);stroke-width:4px;
    stroke-linejoin:round;paint-order:stroke}
    .wrongname.left{text-anchor:end}
    .grid{stroke:var(--line)}
    .room{fill:var(--room)}
    .bound{fill:none;stroke:var(--bound);stroke-width:1.5px;vector-effect:non-scaling-stroke}
    .cursor{stroke:var(--ink);stroke-width:1px;opacity:.55}
    .m{stroke:var(--paper);stroke-width:.6px}
    .m.ok{fill:var(--ok)}.m.rounding{fill:var(--rounding)}.m.wrong{fill:var(--wrong)}
    .m.unchecked{fill:var(--unchecked);stroke:none}
    .m.within{fill:var(--paper);stroke:var(--ink);stroke-width:1px}
    .m.beyond{fill:var(--wrong)}
    .dense .m.within{stroke-width:.7px}
    .readout{min-height:3.6rem;margin:.5rem 0 0;padding:.6rem .9rem;background:var(--panel);
    border:1px solid var(--line);border-radius:8px;font-size:.8125rem;
    font-variant-numeric:tabular-nums}
    .readout dl{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem}
    .readout dt{font-size:.75rem}
    @media (max-width:34rem){.readout{min-height:11rem}}

    """

  private static let figures = """
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));
    gap:1.5rem 2.5rem;margin:1.5rem 0}
    .figures figure,.maps{min-width:0}
    .maps{display:grid;gap:1.25rem;align-content:start}
    .figures figure.wide{grid-column:1/-1}
    figcaption{margin-top:.3rem;font-size:.8125rem;color:var(--muted);max-width:30rem}
    .heat{display:block;max-width:100%;border-radius:3px}
    .h0{fill:var(--h0);background:var(--h0)}.h1{fill:var(--h1);background:var(--h1)}
    .h2{fill:var(--h2);background:var(--h2)}.h3{fill:var(--h3);background:var(--h3)}
    .h4{fill:var(--h4);background:var(--h4)}.h5{fill:var(--h5);background:var(--h5)}
    .h6{fill:var(--h6);background:var(--h6)}.h7{fill:var(--h7);background:var(--h7)}
    .h8{fill:var(--h8);background:var(--h8)}
    .shades{display:flex;align-items:center;margin-top:.5rem;font-size:.75rem;color:var(--muted)}
    .shades span[class^=h]{width:1.4rem;height:.6rem}
    .shades .start{margin:0 .4rem 0 1rem}.shades .end{margin-left:.4rem}
    .histogram{display:block;width:100%;height:140px;border-bottom:1px solid var(--rule)}
    .histogram .expected{fill:var(--rule);opacity:.75}
    .histogram .found{fill:none;stroke:var(--link);stroke-width:1.5px;
    vector-effect:non-scaling-stroke}
    .histogram .ok{fill:var(--ok)}.histogram .wrong{fill:var(--wrong)}
    .limit{stroke:var(--ink);stroke-width:1px;stroke-dasharray:3 3;
    vector-effect:non-scaling-stroke}
    .scale{display:flex;justify-content:space-between;margin-top:.2rem;font-size:.75rem;
    color:var(--muted);font-variant-numeric:tabular-nums}

    """

  private static let graph = """
    .graph{max-height:40rem;overflow:auto;border:1px solid var(--line);border-radius:8px;
    background:var(--panel)}
    .graph svg{display:block;margin:0 auto}
    .graph text{fill:var(--ink);font-size:12px}
    .graph .name{font-weight:600;text-anchor:middle}
    .graph .kind{font-size:11px;text-anchor:middle;fill:var(--muted)}
    .graph .head{text-anchor:start}
    .graph .sign{font-weight:700;font-size:11px;text-anchor:middle}
    .graph .note{font-size:10px;fill:var(--muted);stroke:var(--panel);stroke-width:3px;
    stroke-linejoin:round;paint-order:stroke}
    .graph .left{text-anchor:end}
    .graph .along{text-anchor:middle;stroke-width:5px}
    .graph .layer>rect{fill:var(--panel);stroke:var(--rule);stroke-width:1.2px}
    .graph .ok>rect{fill:var(--ok-tint);stroke:var(--ok)}
    .graph .rounding>rect{fill:var(--rounding-tint);stroke:var(--rounding)}
    .graph .wrong>rect{fill:var(--wrong-tint);stroke:var(--wrong);stroke-width:2.4px}
    .graph .unchecked>rect{fill:var(--unchecked-tint);stroke:var(--unchecked);
    stroke-dasharray:4 3}
    .graph .passing>rect{stroke:var(--wrong);stroke-dasharray:7 3}
    .graph .ok .sign{fill:var(--ok)}.graph .rounding .sign{fill:var(--rounding)}
    .graph .wrong .sign{fill:var(--wrong)}.graph .unchecked .sign{fill:var(--unchecked)}
    .graph [data-current]>g>rect{stroke-width:4px}
    .graph a:focus{outline:none}
    .graph a:focus>g>rect,.graph a:hover>g>rect{stroke-width:3.4px}
    .graph .flow{fill:none;stroke:var(--rule);stroke-width:1.4px;marker-end:url(#flow)}
    .graph .skip{position:static;fill:none;stroke:var(--bound);stroke-width:2px;
    marker-end:url(#skip)}
    .flow-tip{fill:var(--rule)}.skip-tip{fill:var(--bound)}

    """
}
