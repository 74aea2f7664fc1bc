import ModelGraph
import Testing

@testable import KerasFormat

/// What operations ask of the layers before them.
@Suite struct KnownLayersTests {
  private func chain(_ count: Int) -> KnownLayers {
    let known = KnownLayers()
    known.add(
      LayerNode(
        name: "d0", body: .layer(InputLayer(shape: [4], dtype: .int32)), computeType: .int32),
      [Call("d0", inputs: [])])
    for index in 1...count {
      known.add(
        LayerNode(name: "d\(index)", body: .layer(Dropout(0.5))),
        [Call("d\(index)", inputs: [TensorReference("d\(index - 1)")])])
    }
    return known
  }

  @Test func `the type of a tensor is that of the first one that layers hand on`() {
    #expect(chain(3).type(of: TensorReference("d3")) == .int32)
    #expect(chain(3).type(of: TensorReference("none")) == .float32)
  }

  @Test func `a long chain is followed once, however often its end is asked for`() {
    let known = chain(1000)
    for _ in 0..<1000 { #expect(known.type(of: TensorReference("d1000")) == .int32) }
    for index in 0..<1000 { #expect(known.type(of: TensorReference("d\(index)")) == .int32) }
    #expect(known.visitCount <= 4000)
  }

  @Test func `what is not known yet may become known`() {
    let known = KnownLayers()
    known.add(
      LayerNode(name: "b", body: .layer(Dropout(0.5))), [Call("b", inputs: [TensorReference("a")])])
    #expect(known.type(of: TensorReference("b")) == .float32)
    known.add(
      LayerNode(
        name: "a", body: .layer(InputLayer(shape: [4], dtype: .int32)), computeType: .int32),
      [Call("a", inputs: [])])
    #expect(known.type(of: TensorReference("b")) == .int32)
  }

  @Test func `a chain that leads back to itself has no type`() {
    let known = KnownLayers()
    for (one, other) in [("a", "b"), ("b", "a")] {
      known.add(
        LayerNode(name: one, body: .layer(Dropout(0.5))),
        [Call(one, inputs: [TensorReference(other)])])
    }
    #expect(known.type(of: TensorReference("a")) == .float32)
  }
}
