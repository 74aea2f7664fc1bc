// Lines of the table that look for elements: order, places, and what is at them.

extension OperationDefinition {
  static let searching: [OperationDefinition] = [
    extreme("Argmax", isLargest: true), extreme("Argmin", isLargest: false),
    .init(
      "TopK", [.int("k"), .bool("sorted", true)], elements: .common
    ) { x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(-1)
      let order = Primitives.Ordering(axis: axis, count: try s.int("k"), isDescending: true)
      return try d.apply(order, toAll: [x[0]])
    },
    .init("Sort", [.axis(-1)], elements: .common) { x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(s.int("axis"))
      return [
        try d.apply(
          Primitives.Ordering(axis: axis, count: nil, isDescending: false), toAll: [x[0]])[0]
      ]
    },
    .init("Argsort", [.axis(-1)], elements: .common, makes: .int32) { x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(s.int("axis"))
      return [
        try d.apply(
          Primitives.Ordering(axis: axis, count: nil, isDescending: false), toAll: [x[0]])[1]
      ]
    },
    cumulation("Cumsum", .sum), cumulation("Cumprod", .product),
    .init(
      "OneHot",
      [
        .int("num_classes"), .axis(-1),
        .init(name: "dtype", form: .text, fallback: .string("float32")), .bool("sparse", false),
      ], elements: .any
    ) { x, s, d throws(ModelError) in
      let count = try s.int("num_classes")
      guard (1...Constant.maximumElementCount).contains(count) else {
        throw .attribute(
          "num_classes", expected: "1 to \(Constant.maximumElementCount)", found: "\(count)")
      }
      let type: DType = try s.choice("dtype")
      guard type.unitRoundoff != nil, try !s.bool("sparse", default: false) else {
        throw .attribute(
          "dtype", expected: "a type of real numbers, not sparse", found: "'\(type.rawValue)'")
      }
      var sizes = x[0].shape.dimensions
      let axis = try Shape(sizes + [1]).axis(s.int("axis"))
      sizes.insert(1, at: axis)
      let places = try d.reshape(x[0], sizes, keepsFirstAxis: axis > 0)
      let classes = d.constant(
        (0..<count).map(Double.init), sizes.indices.map { $0 == axis ? count : 1 })
      let isPlace = try d.apply(Primitives.Comparison(.equal), to: places, classes)
      return [try d.apply(Primitives.Conversion(to: .float32), to: isPlace)]
    },
    .init(
      "Take", ["x", "indices"],
      [.axisOrWhole, .init(name: "batch_dims", form: .int, isForeign: true, unsaid: .int(0))],
      elements: .any
    ) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let batchAxes = try s.int("batch_dims", default: 0)
      guard s["axis"] != nil else {
        try d.expectPlaces(x[1], among: shape.known?.checkedProduct())
        return [try d.apply(Primitives.Gather(axis: 0), to: d.flattened(x[0]), x[1])]
      }
      let axis = try shape.axis(s.int("axis"))
      guard (0...axis).contains(batchAxes) else {
        throw .attribute("batch_dims", expected: "0 to \(axis)", found: "\(batchAxes)")
      }
      try d.expectPlaces(x[1], among: shape[axis])
      return [try d.apply(Primitives.Gather(axis: axis, batchAxes: batchAxes), to: x[0], x[1])]
    },
    .init("TakeAlongAxis", ["x", "indices"], [.axis()], elements: .any) {
      x, s, d throws(ModelError) in
      let rank = x[0].shape.rank
      let axis = try x[0].shape.axis(s.int("axis"))
      guard x[1].shape.rank == rank else {
        throw .incompatibleShapes(x.map(\.shape), rule: "they must have as many axes")
      }
      try d.expectPlaces(x[1], among: x[0].shape[axis])
      let order = (0..<rank).filter { $0 != axis } + [axis]
      let taken = try d.apply(
        Primitives.Gather(axis: rank - 1, batchAxes: rank - 1), to: d.transpose(x[0], order),
        d.transpose(x[1], order))
      return [try d.transpose(taken, order.inverseOrder)]
    },
  ]

  /// The place of the largest or the smallest element; the first of equal ones.
  private static func extreme(_ name: String, isLargest: Bool) -> OperationDefinition {
    .init(name, [.axisOrWhole, .keepdims], elements: .common, makes: .int32) {
      x, s, d throws(ModelError) in
      let shape = x[0].shape
      // The smallest is the largest of the negatives.
      let values = isLargest ? x[0] : try d.function(.negative, x[0])
      let isFlat = s["axis"] == nil
      let axis = isFlat ? 0 : try shape.axis(s.int("axis"))
      let line = isFlat ? try d.flattened(values) : values
      let first = try d.apply(
        Primitives.Ordering(axis: axis, count: 1, isDescending: true), toAll: [line])[1]
      let axes = isFlat ? Array(shape.dimensions.indices) : [axis]
      let keeps = try s.bool("keepdims", default: false)
      let sizes = shape.dimensions.indices.compactMap { index -> Int?? in
        axes.contains(index) ? (keeps ? .some(1) : nil) : .some(shape[index])
      }
      return [try d.reshape(first, sizes, keepsFirstAxis: !axes.contains(0))]
    }
  }

  /// What is made of each element and all before it, or after it; all of the tensor without an axis.
  private static func cumulation(
    _ name: String, _ function: Primitives.Cumulation.Function
  ) -> OperationDefinition {
    .init(
      name, [.axisOrWhole, .flag("reverse"), .flag("exclusive")], elements: .counted
    ) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let isFlat = s["axis"] == nil
      let axis = isFlat ? 0 : try shape.axis(s.int("axis"))
      var line = isFlat ? try d.flattened(x[0]) : x[0]
      let isReversed = try s.bool("reverse", default: false)
      if isReversed { line = try d.reversed(line, along: [axis]) }
      if try s.bool("exclusive", default: false) {
        line = try d.shifted(line, along: axis, bringing: function == .sum ? 0 : 1)
      }
      var made = try d.apply(Primitives.Cumulation(function, along: axis), to: line)
      if isReversed { made = try d.reversed(made, along: [axis]) }
      return [made]
    }
  }
}

extension Definition {
  /// The elements one place later along an axis: a number comes in, and the last element goes.
  fileprivate mutating func shifted(
    _ x: Value, along axis: Int, bringing number: Double
  ) throws(ModelError) -> Value {
    func slice(_ range: Primitives.Slice.Range) -> Primitives.Slice {
      Primitives.Slice(x.shape.dimensions.indices.map { $0 == axis ? range : .all })
    }
    let first = try apply(
      Primitives.Selection(), to: constant([1], []), constant([number], []),
      apply(slice(.init(nil, 1)), to: x))
    return try concatenation([first, apply(slice(.init(nil, -1)), to: x)], axis: axis)
  }

  /// All elements along one axis, row-major.
  mutating func flattened(_ x: Value) throws(ModelError) -> Value {
    try reshape(x, [x.shape.dimensions.product(of: x.shape)], keepsFirstAxis: false)
  }
}

extension Definition {
  /// Says that places have to be places of an axis, negative ones counted from its end: what is made
  /// of others each backend of Keras decides for itself.
  fileprivate mutating func expectPlaces(_ places: Value, among size: Int?) throws(ModelError) {
    guard let size else { return }
    try expect(places, in: -size..<size)
  }
}
