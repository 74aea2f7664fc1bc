internal import ModelGraph

/// How a diagram's SVG looks, on light and on dark pages.
enum SVGStyle {
  /// The style sheet, for the groups that are there.
  static func sheet(_ groups: [LayerGroup]) -> String {
    base + rules(groups, \.colors.light) + "@media (prefers-color-scheme:dark){\n" + dark
      + rules(groups, \.colors.dark) + "}\n"
  }

  private static func rules(
    _ groups: [LayerGroup], _ colors: KeyPath<LayerGroup, LayerGroup.Colors>
  ) -> String {
    groups.map { group in
      let color = group[keyPath: colors]
      return ".\(group.rawValue)>rect{fill:\(color.fill);stroke:\(color.stroke)}\n"
    }.joined()
  }

  private static let base = """
    text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
    fill:#1f2328}
    .title{font-size:20px;font-weight:600}
    .facts{font-size:12px;fill:#59636e}
    .key{font-size:11px}
    .name{font-size:12px;font-weight:600;text-anchor:middle}
    .kind{font-size:11px;text-anchor:middle;fill:#454c54}
    .head{text-anchor:start}
    .note{font-size:10px;fill:#59636e;stroke:#fff;stroke-width:3px;stroke-linejoin:round;\
    paint-order:stroke}
    .left{text-anchor:end}
    .along{text-anchor:middle;fill:#c2410c;stroke-width:5px}
    .times{font-size:20px;font-weight:700}
    .page{fill:#fff}
    .layer>rect{stroke-width:1.2px}
    .unsupported>rect,.training>rect{stroke-dasharray:4 3}
    .flow{fill:none;stroke:#8b949e;stroke-width:1.4px;marker-end:url(#flow)}
    .skip{fill:none;stroke:#e0561b;stroke-width:2px;marker-end:url(#skip)}
    .flow-tip{fill:#8b949e}
    .skip-tip{fill:#e0561b}
    .fold{fill:none;stroke:#9aa4af;stroke-width:1.2px;stroke-dasharray:6 4}
    .brace{fill:none;stroke:#59636e;stroke-width:1.6px}

    """

  private static let dark = """
    text{fill:#e6edf3}
    .facts{fill:#9198a1}
    .kind{fill:#b7bfc8}
    .note{fill:#9da7b1;stroke:#0d1117}
    .along{fill:#ff9a62}
    .page{fill:#0d1117}
    .flow{stroke:#6e7883}
    .skip{stroke:#ff8a4c}
    .flow-tip{fill:#6e7883}
    .skip-tip{fill:#ff8a4c}
    .fold{stroke:#59636e}
    .brace{stroke:#9198a1}

    """

  /// The arrow heads.
  static let markers = ["flow", "skip"].map { name in
    """
    <marker id="\(name)" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
    markerUnits="userSpaceOnUse" orient="auto"><path class="\(name)-tip" d="M0 .5L8 4L0 7.5z"/>\
    </marker>

    """
  }.joined()
}
