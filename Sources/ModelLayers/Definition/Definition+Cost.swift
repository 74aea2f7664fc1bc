extension Definition {
  /// The number of arithmetic operations by which speed is stated.
  ///
  /// Two for each product that is added, what padding adds included; of pools, one for each place;
  /// where there are none of these, one for each element of the outputs. `Int.max` where there are
  /// more.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  package func operationCount() throws(ModelError) -> Int {
    var count = 0
    for step in steps {
      count = count.addingSaturating(
        try step.primitive.operationCount(
          for: step.inputs.map { types[$0] }, results: step.outputs.map { types[$0] }))
    }
    return count > 0 ? count : try outputShapes.operationCount(perElement: [1])
  }

  /// How many steps a run of the definition takes: see `Primitive.work`.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  package func work() throws(ModelError) -> Int {
    var work = 0
    for step in steps {
      let own = try step.primitive.work(
        for: step.inputs.map { types[$0] }, results: step.outputs.map { types[$0] })
      work = work.addingSaturating(own).addingSaturating(Self.workOfOneStep)
    }
    return work
  }

  /// What applying a primitive takes, however small its tensors: a loop may do so very often.
  private static let workOfOneStep = 1 << 10

  /// What the first primitive that looks at the first input pads it with: see
  /// `Primitive.explicitPadding`.
  package func explicitPadding() throws(ModelError) -> [Int] {
    guard let step = steps.first, let first = step.inputs.first, origins[first] == .input(0) else {
      return []
    }
    return try step.primitive.explicitPadding(for: step.inputs.map { types[$0] })
  }

  /// Where the items of a batch are in each output, if they are along these axes of the inputs.
  ///
  /// An input without the axis, such as one number, is no batch: nobody knows of its items.
  package func items(in inputs: [ItemAxis]) -> [ItemAxis] {
    var places = [ItemAxis](repeating: .absent, count: types.count)
    for (number, origin) in origins.enumerated() {
      guard case .input(let index) = origin else { continue }
      places[number] = inputs[index]
      if case .axis(let axis) = inputs[index], axis >= types[number].shape.rank {
        places[number] = .mixed
      }
    }
    for step in steps {
      let made = step.primitive.items(in: step.inputs.map { (places[$0], types[$0]) })
      for output in step.outputs { places[output] = made }
    }
    return outputs.map { places[$0.number] }
  }
}
