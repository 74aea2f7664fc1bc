internal import CommandSupport
internal import Residual

/// An inspection as text.
struct InspectionReport {
  private let inspection: Inspection
  private let summary: String

  /// Takes an inspection and the summary of the same model.
  init(_ inspection: Inspection, summary: String) {
    self.inspection = inspection
    self.summary = summary
  }

  var text: String {
    [facts, summary + "\n", notes, unsupported].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var facts: String {
    let it = inspection
    var rows = [
      ["file", "\(it.file), \(it.format.name), \(Text.bytes(it.byteCount))"],
      ["model", "\(it.model) (\(it.form))"],
      ["producer", producer],
    ]
    rows += it.inputs.map { ["input", "\($0.name) \(Self.text($0.shape))"] }
    rows += it.outputs.map { ["output", "\($0.name) \(Self.text($0.shape))"] }
    let fixed = it.parameterCount - it.trainableParameterCount
    rows += [
      ["layers", "\(Text.grouped(it.layerCount)) (\(Text.count(it.calls.count, "call")))"],
      [
        "parameters",
        "\(Text.grouped(it.parameterCount)) (\(Text.grouped(it.trainableParameterCount)) trainable, "
          + "\(Text.grouped(fixed)) fixed)",
      ],
      ["weights", "\(Text.count(it.weightCount, "tensor")), \(Text.bytes(it.weightByteCount))"],
    ]
    if it.otherTensorCount > 0 {
      let count = Text.count(it.otherTensorCount, "tensor")
      rows.append(["training state", "\(count), \(Text.bytes(it.otherByteCount))"])
    }
    rows += it.goldens.map { golden in
      let cases = golden.cases.quoted()
      let calls = Text.count(golden.callCount, "recorded call")
      return ["golden", "\(cases) by \(golden.producer), \(calls)"]
    }
    rows += it.history.map { step in
      [
        "history",
        "\(step.operation) by \(step.tool)" + (step.detail.isEmpty ? "" : ": \(step.detail)"),
      ]
    }
    return Text.table(rows.map { $0.map(Text.printable) })
  }

  private var producer: String {
    let it = inspection
    let program = [it.producer, it.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    let parts = [program, it.backend].filter { !$0.isEmpty }
    return parts.isEmpty ? "not stated" : parts.joined(separator: ", ")
  }

  private static func text(_ shape: [Int?]?) -> String {
    shape.map { "\(Shape($0))" } ?? "unknown"
  }

  private var notes: String {
    guard !inspection.notes.isEmpty else { return "" }
    return "Notes:\n" + inspection.notes.map { Text.printable("  \($0.sentence)") + "\n" }.joined()
  }

  private var unsupported: String {
    guard !inspection.unsupported.isEmpty else { return "" }
    let lines = inspection.unsupported.map { layer in
      Text.printable("  '\(layer.path)' (\(layer.kind)) \(layer.reason)") + "\n"
    }
    return "\(Text.count(lines.count, "layer")) cannot be run:\n" + lines.joined()
  }
}
