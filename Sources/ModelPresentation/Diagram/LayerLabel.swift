internal import OrderedCollections
internal import ModelGraph

/// What is written on a layer, and behind it.
struct LayerLabel: Sendable {
  /// The call's name.
  var name: String
  /// The kind and what matters most: `Conv2D 3×3/2, 64`.
  var caption: String
  /// All else, line by line, for who points at the layer.
  var details: [String]
  var group: LayerGroup
  /// Whether the layer adds its inputs up, or merges them in another way that keeps their shape.
  var isElementwiseMerge: Bool

  init(_ call: ResolvedCall, name: String, parameterCount: Int, isShared: Bool) {
    let layer = call.layer
    let attributes = layer.shownAttributes
    self.name = LabelText.printable(name)
    group = LayerGroup(layer)
    isElementwiseMerge = group == .merging && layer.kind != Concatenate.kind
    caption = LabelText.printable(Self.caption(layer.kind, attributes))
    if isShared, group != .input { caption += ", shared" }
    details = [self.name, LabelText.printable(layer.kind)]
    if case .unsupported(let layer) = layer.body {
      details.append(LabelText.printable("not supported; it \(layer.reason)"))
    } else {
      details += attributes.values.map { LabelText.printable("\($0): \($1)") }
    }
    details += call.outputs.map { "output: \(LabelText.shape($0))" }
    if parameterCount > 0 { details.append("parameters: \(LabelText.grouped(parameterCount))") }
    if isShared { details.append("called before, with the same weights") }
    details = details.map { LabelText.shortened($0, to: 160) }
  }

  private static func caption(_ kind: String, _ attributes: Attributes) -> String {
    var parts: [String] = []
    if let window = sizes(attributes["kernel_size"] ?? attributes["pool_size"]) {
      parts.append(window + (stride(attributes).map { "/\($0)" } ?? ""))
    } else if let size = sizes(attributes["size"]) {
      parts.append(size)
    }
    for name in ["filters", "units", "n"] {
      if case .int(let count) = attributes[name] { parts.append("\(count)") }
    }
    if case .int(let groups) = attributes["groups"], groups > 1 { parts.append("\(groups) groups") }
    if let dilation = sizes(attributes["dilation_rate"], unless: 1) {
      parts.append("dilated \(dilation)")
    }
    if case .double(let rate) = attributes["rate"] { parts.append("\(rate)") }
    if case .string(let function) = attributes["activation"], function != "linear" {
      parts.append(function)
    }
    return parts.isEmpty ? kind : "\(kind) \(parts.joined(separator: ", "))"
  }

  /// The stride, where a window moves by another one than usual: convolutions by 1, pools by
  /// their size.
  private static func stride(_ attributes: Attributes) -> String? {
    guard let strides = attributes["strides"], strides != attributes["pool_size"] else {
      return nil
    }
    guard case .ints(let values) = strides, let first = values.first else { return nil }
    if attributes["pool_size"] == nil, values.allSatisfy({ $0 == 1 }) { return nil }
    return values.allSatisfy { $0 == first } ? "\(first)" : sizes(strides)
  }

  private static func sizes(_ value: AttributeValue?, unless usual: Int? = nil) -> String? {
    switch value {
    case .ints(let values) where !values.allSatisfy({ $0 == usual }):
      values.map(String.init).joined(separator: "×")
    case .int(let value) where value != usual: "\(value)"
    default: nil
    }
  }
}
