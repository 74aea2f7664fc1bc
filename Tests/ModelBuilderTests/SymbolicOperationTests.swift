import ModelBuilder
import OrderedCollections
import ModelGraph
import Testing

/// Python's operators, and operations by name, on the tensors of a model that is being built.
@Suite struct SymbolicOperationTests {
  private func run(
    _ model: Model, _ input: NDArray<Double>
  ) throws -> [[Double]] {
    try ReferenceExecutor<Double>(model).run([model.graph.inputNames[0]: input]).map(\.elements)
  }

  @Test func `operators take tensors and numbers on either side`() throws {
    let x = Input(shape: [2], name: "x")
    let outputs = [x + x, x - 3, 3 - x, x * 2.5, 1 / x, x / 4, -x]
    let model = try Model(inputs: [x], outputs: outputs)
    let made = try run(model, NDArray([1, 2], [2, -4]))
    #expect(
      made == [
        [4, -8], [-1, -7], [1, 7], [5, -10], [0.5, -0.25], [0.5, -1], [-2, 4],
      ])
    #expect(
      model.graph.layers.values.map(\.kind).dropFirst() == [
        "ops.Add", "ops.Subtract", "ops.Subtract", "ops.Multiply", "ops.TrueDivide",
        "ops.TrueDivide", "ops.Negative",
      ])
  }

  @Test func `names are those that Keras makes, counted with the layers'`() throws {
    let x = Input(shape: [2], name: "x")
    let sum = x + x
    let y = Add()([sum, x])
    let model = try Model(inputs: x, outputs: y / 2)
    #expect(Array(model.graph.layers.keys) == ["x", "add", "add_1", "true_divide"])
  }

  @Test func `operations make several tensors`() throws {
    let x = Input(shape: [6], name: "x")
    let parts = x.split(into: 3)
    let model = try Model(inputs: [x], outputs: [parts[2] * parts[0], parts[1]])
    #expect(try run(model, NDArray([1, 6], [1, 2, 3, 4, 5, 6])) == [[5, 12], [3, 4]])
    let top = x.operation("TopK", settings: ["k": .int(2)])
    let ranking = try Model(inputs: [x], outputs: top)
    #expect(try run(ranking, NDArray([1, 6], [1, 9, 3, 7, 5, 6])) == [[9, 7], [1, 3]])
  }

  @Test func `a tensor is indexed as NumPy does it`() throws {
    let x = Input(shape: [2, 3], name: "x")
    let parts: [(SymbolicTensor, key: [String], shape: Shape, [Double])] = [
      (x[0..., 1], ["0:", "1"], [nil, 3], [4, 5, 6]),
      (x[.rest, 0], ["...", "0"], [nil, 2], [1, 4]),
      (x[.all, -1, -1], [":", "-1", "-1"], [nil], [6]),
      (x[0..., 0..<1, ..<(-1)], ["0:", "0:1", ":-1"], [nil, 1, 2], [1, 2]),
      (x[.rest, 1...2], ["...", "1:3"], [nil, 2, 2], [2, 3, 5, 6]),
      (x[.rest, (-2)...(-1)], ["...", "-2:"], [nil, 2, 2], [2, 3, 5, 6]),
      (x[.rest, ...1], ["...", ":2"], [nil, 2, 2], [1, 2, 4, 5]),
      (x[.rest, ...(-1)], ["...", ":"], [nil, 2, 3], [1, 2, 3, 4, 5, 6]),
      (x[0..., 0, .newAxis], ["0:", "0", "None"], [nil, 1, 3], [1, 2, 3]),
      (x[.rest, .stride(by: -2)], ["...", "::-2"], [nil, 2, 2], [3, 1, 6, 4]),
      (x[.rest, .stride(from: 1, to: 3, by: 1)], ["...", "1:3:1"], [nil, 2, 2], [2, 3, 5, 6]),
    ]
    let model = try Model(inputs: [x], outputs: parts.map(\.0))
    let made = try run(model, NDArray([1, 2, 3], [1, 2, 3, 4, 5, 6]))
    for (part, elements) in zip(parts, made) {
      #expect(part.0.shape == part.shape, "\(part.key)")
      #expect(elements == part.3, "\(part.key)")
    }
    let operations = model.graph.layers.values.compactMap { node -> Operation? in
      if case .layer(let layer) = node.body { layer as? Operation } else { nil }
    }
    #expect(operations.map { $0.attributes["key"] } == parts.map { .strings($0.key) })
    #expect(throws: BuildError.self) { try Model(inputs: x, outputs: x[0..., 2]) }
    #expect(throws: BuildError.self) { try Model(inputs: x, outputs: x[0, 0, 0, 0]) }
  }

  @Test func `a constant is an operand`() throws {
    let x = Input(shape: [2], name: "x")
    let row = try Constant([10, 20], dimensions: [1, 2])
    let model = try Model(inputs: [x], outputs: [x + row, Add()([x, row])])
    #expect(try run(model, NDArray([1, 2], [1, 2])) == [[11, 22], [11, 22]])
  }

  @Test func `an operation that is not known, or does not fit, is an error of the model`() {
    let x = Input(shape: [6], name: "x")
    #expect(throws: BuildError.self) {
      try Model(inputs: [x], outputs: x.operation("Fold"))
    }
    #expect(throws: BuildError.self) {
      try Model(inputs: [x], outputs: x.split(into: 4))
    }
    #expect(throws: BuildError.self) {
      try Model(inputs: [x], outputs: [x + Dense(5)(x)])
    }
  }
}
