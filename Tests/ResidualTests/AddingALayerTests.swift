import Residual
import TestSupport
import Testing

/// Multiplies every element by a constant.
struct Scale: UnaryLayer {
  static let kind = "Scale"
  var declaration = LayerDeclaration()

  let factor: Double

  init(attributes: Attributes) throws(ModelError) {
    factor = try attributes.double("factor", default: 1)
  }

  var attributes: Attributes { ["factor": .double(factor)] }

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.combination(.multiply, x, factor)
  }
}

@Suite struct AddingALayerTests {
  @Test func `the article's layer is the one above, and runs`() throws {
    let article = try text("Sources/Residual/Residual.docc/AddingALayer.md")
    let code = try #require(article.split(separator: "```swift\nimport Residual\n\n").last)
      .split(separator: "```")[0]
    #expect(code.hasPrefix("/// Multiplies"))
    #expect(try text("Tests/ResidualTests/AddingALayerTests.swift").contains(code))

    let registry = LayerRegistry(LayerRegistry.builtIn)
    try registry.register(Scale.self)
    let layer = try #require(try registry.layer(kind: "Scale", attributes: ["factor": .double(3)]))
    let input = NDArray([2], [Float(1), -2])
    #expect(layer.forward([input], Parameters()) == [NDArray([2], [Float(3), -6])])
    #expect(throws: ModelError.self) { try registry.register(Scale.self) }
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(ofFile: Repository.file(name)), as: UTF8.self)
  }
}
