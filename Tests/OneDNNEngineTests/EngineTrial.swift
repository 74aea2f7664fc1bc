#if OneDNN

import ModelGraph
import OrderedCollections
import Testing

@testable import OneDNNEngine

/// What tests of the engine have in common.
protocol EngineTrial {}

extension EngineTrial {
  func noise(_ dimensions: [Int], seed: UInt32 = 1) -> NDArray<Float> {
    var state = seed
    let elements = (0..<dimensions.reduce(1, *)).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state) >> 8) / Float(1 << 23)
    }
    return NDArray(dimensions, elements)
  }

  /// The largest difference between the engine and the reference pass in float64.
  func difference(_ model: Model, _ inputs: [NDArray<Float>], threads: Int) throws -> Double {
    let names = model.graph.inputs.map(\.layer)
    let fed = OrderedDictionary(uniqueKeysWithValues: zip(names, inputs.map { Tensor($0) }))
    let found = try OneDNNEngine(threads: threads).session(for: model).run(fed)
    let expected = try ReferenceEngine(Double.self).session(for: model).run(fed)
    #expect(found.map(\.dimensions) == expected.map(\.dimensions))
    var largest = 0.0
    for (found, expected) in zip(found, expected) {
      for (a, b) in zip(
        try found.array(Double.self).elements, try expected.array(Double.self).elements)
      {
        largest = max(largest, abs(a - b))
      }
    }
    return largest
  }

  /// What runs each step of a model: `reference` where oneDNN has no words for it.
  func stepNames(_ model: Model, _ inputs: [[Int]]) throws -> [String] {
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: inputs))
    return try Compiler.compile(lowered, constants: ConstantPool()).steps.map(\.name)
  }
}

#endif
