#if OneDNN

import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Calls that do the same share what was compiled for one of them.
@Suite struct PrimitivePoolTests {
  private func primitives(_ model: Model, _ shape: [Int]) throws -> [DNNPrimitive] {
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: [shape]))
    return try Compiler.compile(lowered, constants: ConstantPool()).steps.compactMap {
      if case .primitive(let primitive, _) = $0.action { primitive } else { nil }
    }
  }

  @Test func `equal calls run one primitive`() throws {
    let row = Input(shape: [16], name: "row")
    let shared = Dense(16, activation: .relu, name: "shared")
    var x = row
    for _ in 0..<200 { x = shared(x) }
    let steps = try primitives(Model(inputs: row, outputs: x, seed: 1), [1, 16])
    #expect(steps.count >= 200)
    #expect(Set(steps.map(ObjectIdentifier.init)).count == 1)
  }

  @Test func `layers of equal sizes share a primitive, whatever their weights`() throws {
    let image = Input(shape: [6, 6, 8], name: "image")
    var x = image
    for index in 0..<20 {
      x = Conv2D(8, kernelSize: (3, 3), padding: .same, name: "conv\(index)")(x)
      x = MaxPooling2D(
        poolSize: (3, 3), strides: (1, 1), padding: .same, name: "pool\(index)")(x)
    }
    let steps = try primitives(Model(inputs: image, outputs: x, seed: 1), [1, 6, 6, 8])
    #expect(steps.count >= 40)
    // Beside one of each, those at the ends, where layouts meet.
    #expect(Set(steps.map(ObjectIdentifier.init)).count <= 8)
  }

  @Test func `what differs in one number is another primitive`() throws {
    let layout = try Layout(rowMajor: [2, 3])
    let pool = PrimitivePool()
    func relu(_ alpha: Float, _ sizes: [Int]) throws -> DNNPrimitive {
      try pool.primitive(
        .function(ElementFunction(kind: .relu, alpha: alpha), Layout(rowMajor: sizes)))
    }
    #expect(try relu(0, [2, 3]) === relu(0, [2, 3]))
    #expect(try relu(0, [2, 3]) !== relu(0.5, [2, 3]))
    #expect(try relu(0, [2, 3]) !== relu(0, [3, 2]))
    let transposed = try Layout([2, 3], strides: [1, 2])
    let one = try pool.primitive(.reorder(layout, to: layout))
    #expect(try pool.primitive(.reorder(layout, to: transposed)) !== one)
  }
}

#endif
