import Testing

@testable import ModelLayers

/// Primitives that look for elements, or add them up on the way: order, places, running sums.
@Suite struct SearchPrimitiveTests {
  /// The places of a row in order, by selection.
  private func naiveOrder(_ row: [Double], isDescending: Bool) -> [Int] {
    var rest = Array(row.indices)
    var order: [Int] = []
    while !rest.isEmpty {
      var best = 0
      for index in rest.indices {
        let (new, old) = (row[rest[index]], row[rest[best]])
        if isDescending ? new > old : new < old { best = index }
      }
      order.append(rest.remove(at: best))
    }
    return order
  }

  @Test(arguments: [0, 1, 2], [false, true])
  func `an ordering is a selection, row by row`(_ axis: Int, _ isDescending: Bool) throws {
    let sizes = [3, 4, 5]
    let count = sizes[axis] - 1
    let trial = try PrimitiveTrial([sizes]) { values, definition throws(ModelError) in
      try definition.apply(
        Primitives.Ordering(axis: axis, count: count, isDescending: isDescending), toAll: values)
    }
    var made = sizes
    made[axis] = count
    func row(_ place: [Int]) -> [Double] {
      (0..<sizes[axis]).map { index in
        var source = place
        source[axis] = index
        return trial.inputs[0][source]
      }
    }
    let order = { (place: [Int]) in
      self.naiveOrder(row(place), isDescending: isDescending)[place[axis]]
    }
    #expect(
      trial.distance(
        to: .generate(made) { row($0)[order($0)] }, .generate(made) { Double(order($0)) }) == 0)
    #expect(trial.definition.outputs.map(\.type.dtype) == [.float32, .int32])
    // Elements and places move by no more than is said, ties that come about included.
    #expect(trial.perturbationShare() <= 1.01)
    for items in 0..<3 {
      let expected: ItemAxis = items == axis ? .mixed : .axis(items)
      #expect(trial.items(in: .axis(items)) == expected)
      if items != axis { #expect(try trial.distanceOfItems(in: .axis(items)) == 0) }
    }
  }

  @Test func `equal elements keep the order of their places, and what is no number is the largest`()
    throws
  {
    let row = NDArray<Double>([1, 6], [2, .nan, 1, 2, 1, 2])
    for (isDescending, places) in [(false, [2.0, 4, 0, 3, 5, 1]), (true, [1, 0, 3, 5, 2, 4])] {
      let trial = try PrimitiveTrial([row]) { values, definition throws(ModelError) in
        [
          try definition.apply(
            Primitives.Ordering(axis: 1, count: nil, isDescending: isDescending), toAll: values)[1]
        ]
      }
      #expect(trial.outputs[0].elements == places)
    }
  }

  @Test func `a place is as far off as the element that may come to stand there`() throws {
    let row = NDArray<Double>([1, 4], [0.5, -1, 0.25, 0.5 + 0x1p-16])
    let trial = try PrimitiveTrial([row]) { values, definition throws(ModelError) in
      [
        try definition.apply(
          Primitives.Ordering(axis: 1, count: nil, isDescending: true), toAll: values)[1]
      ]
    }
    #expect(trial.outputs[0].elements == [3, 0, 2, 1])
    #expect(trial.bounds()[0] == [0, 0, 0, 0])
    let given = RoundingBound<Double>(length: 0, magnitude: [], fixed: [400, 400, 400, 400])
    #expect(trial.bounds(within: [given])[0] == [3, 3, 0, 0])
    #expect(trial.perturbationShare() <= 1)
  }

  @Test(arguments: [0, 1, 2], Primitives.Cumulation.Function.allCases)
  func `a cumulation adds up or multiplies what is before`(
    _ axis: Int, _ function: Primitives.Cumulation.Function
  ) throws {
    let trial = try PrimitiveTrial([[3, 4, 5]]) { values, definition throws(ModelError) in
      try definition.apply(Primitives.Cumulation(function, along: axis), toAll: values)
    }
    let expected = NDArray<Double>.generate([3, 4, 5]) { place in
      (0...place[axis]).reduce(function == .sum ? 0 : 1) { total, index in
        var source = place
        source[axis] = index
        let element = trial.inputs[0][source]
        return function == .sum ? total + element : total * element
      }
    }
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.singleDistance(to: expected) < 1e-5)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.01)
    #expect(trial.items(in: .axis(axis)) == .mixed)
    let other = (axis + 1) % 3
    #expect(trial.items(in: .axis(other)) == .axis(other))
    #expect(try trial.distanceOfItems(in: .axis(other)) == 0)
  }

  @Test(arguments: [0, 1, 2])
  func `gathering takes what is at the places along an axis`(_ axis: Int) throws {
    var generator = Generator(state: 3)
    let input = generator.array([3, 4, 5])
    let places = NDArray<Double>([2, 2], [2, 0, -1, 1])
    let trial = try PrimitiveTrial([input, places]) { values, definition throws(ModelError) in
      try definition.apply(Primitives.Gather(axis: axis), toAll: values)
    }
    var made = [3, 4, 5]
    made.replaceSubrange(axis...axis, with: [2, 2])
    let expected = NDArray<Double>.generate(made) { place in
      let taken = Int(places[[place[axis], place[axis + 1]]])
      var source = place
      source.replaceSubrange(
        axis...(axis + 1), with: [taken < 0 ? taken + input.dimensions[axis] : taken])
      return input[source]
    }
    #expect(trial.distance(to: expected) == 0)
    #expect(trial.perturbationShare(of: 0, asSum: false) <= 1.01)
    #expect(trial.perturbationShare(of: 0, asSum: true) <= 1.01)
    for items in 0..<3 {
      let expected: ItemAxis = items == axis ? .mixed : .axis(items < axis ? items : items + 1)
      #expect(trial.items(in: .axis(items), .absent) == expected)
      if items != axis { #expect(try trial.distanceOfItems(in: .axis(items), .absent) == 0) }
    }
    #expect(trial.items(in: .absent, .axis(0)) == .axis(axis))
  }

  @Test func `each item may have places of its own`() throws {
    var generator = Generator(state: 4)
    let input = generator.array([2, 4, 3])
    let trial = try PrimitiveTrial([input, NDArray([2, 3], [0, 3, 1, 2, 2, -4])]) {
      values, definition throws(ModelError) in
      try definition.apply(Primitives.Gather(axis: 1, batchAxes: 1), toAll: values)
    }
    let places = [[0, 3, 1], [2, 2, 0]]
    #expect(
      trial.distance(
        to: .generate([2, 3, 3]) { input[[$0[0], places[$0[0]][$0[1]], $0[2]]] }) == 0)
    #expect(trial.items(in: .axis(0), .axis(0)) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0), .axis(0)) == 0)
  }

  @Test func `a place that an axis does not have gives what is not a number`() throws {
    let trial = try PrimitiveTrial([NDArray([3], [1, 2, 3]), NDArray([4], [3, -4, .nan, 2])]) {
      values, definition throws(ModelError) in
      try definition.apply(Primitives.Gather(axis: 0), toAll: values)
    }
    #expect(trial.outputs[0].elements.map(\.isNaN) == [true, true, true, false])
  }
}

/// Operations that look for elements, by small examples.
@Suite struct SearchOperationTests {
  private static let row: [Double] = [3, 1, 2, 3]

  private func values(
    _ name: String, _ settings: Attributes, _ inputs: [NDArray<Double>]
  ) throws -> [NDArray<Double>] {
    let operation = try Operation(name, attributes: settings)
    return try operation.definition(for: inputs.map(\.shape)).values(inputs, Parameters())
  }

  @Test(
    arguments: [
      ("Argmax", [:], [0.0]), ("Argmin", ["axis": .int(-1)], [1]), ("Sort", [:], [1, 2, 3, 3]),
      ("Argsort", [:], [1, 2, 0, 3]), ("Cumsum", [:], [3, 4, 6, 9]),
      ("Cumsum", ["axis": .int(1), "reverse": .bool(true)], [9, 6, 5, 3]),
      ("Cumsum", ["axis": .int(-1), "exclusive": .bool(true)], [0, 3, 4, 6]),
      (
        "Cumsum", ["axis": .int(1), "exclusive": .bool(true), "reverse": .bool(true)], [6, 5, 3, 0]
      ),
      ("Cumprod", ["axis": .int(1)], [3, 3, 6, 18]),
      ("Cumprod", ["axis": .int(1), "exclusive": .bool(true)], [1, 3, 3, 6]),
      (
        "Cumprod", ["axis": .int(-1), "exclusive": .bool(true), "reverse": .bool(true)],
        [6, 6, 3, 1]
      ), ("CountNonzero", [:], [4]),
      ("Median", [:], [2.5]), ("ZerosLike", [:], [0, 0, 0, 0]), ("OnesLike", [:], [1, 1, 1, 1]),
    ] as [(String, Attributes, [Double])])
  func `of 3, 1, 2, 3`(_ name: String, _ settings: Attributes, _ expected: [Double]) throws {
    #expect(try values(name, settings, [NDArray([1, 4], Self.row)])[0].elements == expected)
  }

  @Test func `places and sides that no integer can hold are errors, not crashes`() {
    for place in [Int.max, .min] {
      #expect(throws: ModelError.self) {
        try Operation("GetItem", attributes: ["key": .strings(["\(place)"])])
          .definition(for: [[4]])
      }
    }
    #expect(throws: ModelError.self) {
      try Operation("GetItem", attributes: ["key": .strings(["\(Int.max)"])])
        .definition(for: [[nil, 3]])
    }
    #expect(throws: ModelError.self) {
      try Operation("DepthToSpace", attributes: ["block_size": .int(1 << 20)])
        .definition(for: [[nil, 1 << 50, 1, 0]])
    }
    #expect(throws: ModelError.attribute("epsilon", expected: "more than 0", found: "0.0")) {
      try Operation("Normalize", attributes: ["epsilon": .double(0)]).definition(for: [[1, 3]])
    }
  }

  @Test func `several results, and several operands`() throws {
    let row = NDArray<Double>([1, 4], Self.row)
    let top = try values("TopK", ["k": .int(3)], [row])
    #expect(top.map(\.elements) == [[3, 3, 2], [0, 3, 2]])
    let moments = try values("Moments", ["axes": .ints([1])], [row])
    #expect(moments.map { $0.elements[0] } == [2.25, 0.6875])
    #expect(
      try values("Take", ["axis": .int(1)], [row, NDArray([2], [2, -1])])[0].elements == [2, 3])
    let hot = try values("OneHot", ["num_classes": .int(4)], [NDArray([1, 2], [2, 0])])[0]
    #expect(hot.dimensions == [1, 2, 4] && hot.elements == [0, 0, 1, 0, 1, 0, 0, 0])
  }

  @Test(
    arguments: [
      ("TopK", ["k": .int(5)]), ("TopK", ["k": .int(0)]), ("TopK", ["k": .int(-1)]),
      ("OneHot", ["num_classes": .int(1 << 40)]), ("OneHot", ["num_classes": .int(0)]),
      ("Sort", ["axis": .int(2)]), ("Cumsum", ["axis": .int(-3)]), ("Argmax", ["axis": .int(7)]),
      ("Repeat", ["repeats": .int(1 << 40), "axis": .int(1)]),
      ("Einsum", ["subscripts": .string(String(repeating: "ab", count: 5000) + "->a")]),
    ] as [(String, Attributes)])
  func `what makes no sense is an error`(_ name: String, _ settings: Attributes) {
    #expect(throws: ModelError.self) {
      let definition = try Operation(name, attributes: settings).definition(for: [[1, 4]])
      // What is too large is refused before it is made.
      try definition.checkSizes(elementLimit: 1 << 30)
    }
  }
}
