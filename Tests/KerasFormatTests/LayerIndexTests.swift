import Testing

@testable import KerasFormat

@Suite struct LayerIndexTests {
  private let index = LayerIndex(
    ["m/conv", "m/conv_1", "m/inner/conv", "m/dense_x"], layer: \.self)

  private func found(_ prefix: String) -> [String] { index.fitting(prefix).map(\.element) }

  @Test func `a prefix may begin anywhere in a path, and is told by its last name`() {
    #expect(found("conv") == ["m/conv", "m/inner/conv"])
    #expect(found("inner/conv") == ["m/conv", "m/inner/conv"])
    // Behind it are layers inside of it.
    #expect(found("conv/other") == ["m/conv", "m/inner/conv"])
    #expect(found("other/another") == [])
    #expect(found("") == [])
  }

  @Test func `a number that TensorFlow 1 added may be left out`() {
    #expect(found("conv_1") == ["m/conv", "m/conv_1", "m/inner/conv"])
    #expect(found("scope_1/conv") == ["m/conv", "m/inner/conv"])
    #expect(found("conv_x") == [])
    #expect(found("dense_x_2") == ["m/dense_x"])
    #expect(found("dense_x") == ["m/dense_x"])
  }

  @Test func `what is removed is found no more`() throws {
    var index = index
    index.remove(try #require(index.fitting("conv").first))
    #expect(index.fitting("conv").map(\.element) == ["m/inner/conv"])
    #expect(index.all.map(\.element) == ["m/conv_1", "m/inner/conv", "m/dense_x"])
  }
}
