import Foundation
import Residual
import TestSupport
import Testing

@testable import KerasFormat

/// The classes of layers that a Keras has, as `fixtures/list_layers.py` lists them.
private struct KerasLayers: Decodable {
  var version: String
  /// The name of the class by the public names.
  var layers: [String: String]

  static func all() throws -> [String: KerasLayers] {
    try JSONDecoder().decode(
      [String: KerasLayers].self,
      from: Data(bytes(ofFile: Repository.file("fixtures/keras_layers.json"))))
  }
}

@Suite struct SupportedLayersTests {
  private static let article = Repository.file("Sources/Residual/Residual.docc/SupportedLayers.md")

  /// How a class of Keras's is found here: its kind, or why there is none.
  private enum Support: Equatable {
    case kind(String), reason(String), none
  }

  private static func support(of name: String) -> Support {
    if let reason = RefusedClasses.reasons[name] { return .reason(reason) }
    let kind = LayerTranslation.of(className: name)?.kind ?? name
    return LayerRegistry.builtIn.contains { $0.kind == kind } ? .kind(kind) : .none
  }

  private static func generated() throws -> String {
    let lines = try KerasLayers.all()
    let (two, three) = (lines["keras2"], lines["keras3"])
    let names = Set((two?.layers ?? [:]).keys).union((three?.layers ?? [:]).keys).sorted()
    let rows = names.map { name in
      let classes = [two, three].map { $0?.layers[name] }
      let found = Set(classes.compactMap(\.self)).map(support)
      let words = found.map { support in
        switch support {
        case .kind(let kind): kind == name ? "yes" : "yes, as `\(kind)`"
        case .reason(let reason): "no: it \(reason)"
        case .none: "UNKNOWN"
        }
      }
      let marks = classes.map { $0 == nil ? "" : "✓" }
      return
        "| `\(name)` | \(marks[0]) | \(marks[1]) | \(words.sorted().joined(separator: "; ")) |\n"
    }
    let known = Set([two, three].flatMap { $0?.layers.values.map { $0 } ?? [] })
    let others = LayerRegistry(LayerRegistry.builtIn).names.filter { kind in
      !known.contains { support(of: $0) == .kind(kind) }
    }
    let list = others.map { "- `\($0)`\n" }.joined()
    return """
      # Supported layers

      What is run, and what is refused.

      ## Overview

      This article is generated from the registry and from the lists of layers that Keras itself has:
      `RESIDUAL_REGENERATE=1 swift test --filter SupportedLayersTests` writes it anew.

      A layer's file in `Sources/ModelLayers` has its attributes with their defaults, its weights, its
      formula, and its rounding. Nested models, shared layers, several inputs and several outputs are
      run.

      ## The layers of Keras

      Every class in `keras.layers` of Keras \(two?.version ?? "2") and \(three?.version ?? "3").

      | Name | Keras 2 | Keras 3 | Is run |
      | --- | --- | --- | --- |
      \(rows.joined())
      ## Other layers

      Of older versions, of keras.applications, and what files have inside of layers.

      \(list)
      ## Refused when a model is run

      A layer that is not run is kept word for word, and `resconv --allow-unsupported` carries it
      along. A model that has one is not run: all of them are named at once, with the reason.

      - What is code is never executed.
      - Classes of your own, until your program registers them: see <doc:AddingALayer>.

      """
  }

  @Test func `every class of layers that Keras has is run, or refused for a reason`() throws {
    let lines = try KerasLayers.all()
    #expect(lines.keys.sorted() == ["keras2", "keras3"])
    for line in lines.values {
      #expect(line.layers.count > 130)
      for name in line.layers.values { #expect(Self.support(of: name) != .none, "\(name)") }
    }
    // A reason is for what is not run.
    for name in RefusedClasses.reasons.keys {
      #expect(!LayerRegistry.builtIn.contains { $0.kind == name }, "\(name)")
    }
  }

  @Test func `the article lists the layers that are registered`() throws {
    if ProcessInfo.processInfo.environment["RESIDUAL_REGENERATE"] != nil {
      try Self.generated().write(toFile: Self.article, atomically: true, encoding: .utf8)
    }
    let committed = String(decoding: try bytes(ofFile: Self.article), as: UTF8.self)
    #expect(committed == (try Self.generated()))
  }
}
