import Foundation
import Residual
import TestSupport
import Testing

@Suite struct SupportedLayersTests {
  private static let article = Repository.file("Sources/Residual/Residual.docc/SupportedLayers.md")

  private static var generated: String {
    let names = LayerRegistry(LayerRegistry.builtIn).names
    let rows = names.map { "- `\($0)`\n" }.joined()
    return """
      # Supported layers

      What is run, and what is refused.

      ## Overview

      This article is generated from the registry: `RESIDUAL_REGENERATE=1 swift test --filter
      SupportedLayersTests` writes it anew.

      The names are those of Keras. A layer's file in `Sources/ModelLayers` has its
      attributes with their defaults, its weights, its formula, and its rounding.

      \(rows)
      Nested models, shared layers, several inputs and several outputs are run.

      ## Refused when a model is run

      A layer that is not listed is kept word for word, and `resconv --allow-unsupported` carries it
      along. A model that has one is not run: all of them are named at once.

      - `Lambda` stores Python code, which is never executed.
      - Classes of your own, until your program registers them: see <doc:AddingALayer>.

      """
  }

  @Test func `the article lists the layers that are registered`() throws {
    if ProcessInfo.processInfo.environment["RESIDUAL_REGENERATE"] != nil {
      try Self.generated.write(toFile: Self.article, atomically: true, encoding: .utf8)
    }
    let committed = String(decoding: try bytes(ofFile: Self.article), as: UTF8.self)
    #expect(committed == Self.generated)
  }
}
