// Lines of the table that take elements together, beside plain reductions.

extension OperationDefinition {
  static let statistics: [OperationDefinition] = [
    .init("CountNonzero", [.axes()], makes: .int32) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let counted = try d.apply(Primitives.Conversion(to: .float32), to: d.truth(x[0]))
      let sum = try d.apply(Primitives.Reduction(.sum, over: axes), to: counted)
      return [try d.apply(Primitives.Conversion(to: .int32), to: sum)]
    },
    .init("Moments", [.ints("axes"), .keepdims, .bool("synchronized", false)]) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.axes(s.ints("axes"), attribute: "axes")
      let (mean, variance) = try d.moments(x[0], over: axes)
      return [
        try d.restoring(axes, of: x[0], mean, s), try d.restoring(axes, of: x[0], variance, s),
      ]
    },
    .init("Cbrt") { x, _, d throws(ModelError) in
      let power = try d.combination(.power, d.function(.absolute, x[0]), 1.0 / 3)
      return [try d.combination(.multiply, d.function(.sign, x[0]), power)]
    },
    .init("Median", [.axes(), .keepdims]) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let axes = try shape.resolvedAxes(s)
      let rest = shape.dimensions.indices.filter { !axes.contains($0) }
      guard let count = try axes.map({ shape[$0] }).product(of: shape) else {
        // Where the sizes are not known yet, only shapes are asked for.
        let reduced = try d.apply(Primitives.Reduction(.maximum, over: axes), to: x[0])
        return [try d.restoring(axes, of: x[0], reduced, s)]
      }
      guard count > 0 else { throw .emptyOutput(input: shape, axis: axes.first ?? 0) }
      let line = try d.reshape(
        d.transpose(x[0], rest + axes), rest.map { shape[$0] } + [count],
        keepsFirstAxis: rest.first == 0)
      let ordered = try d.apply(
        Primitives.Ordering(axis: rest.count, count: nil, isDescending: false), toAll: [line])[0]
      let middle = try d.part(ordered, rest.count, (count - 1) / 2..<count / 2 + 1)
      let mean = try d.apply(Primitives.Reduction(.mean, over: [rest.count]), to: middle)
      // What is no number is the last in order, and makes the median none; nothing else adds to it.
      let last = try d.reshape(
        d.part(ordered, rest.count, count - 1..<count), rest.map { shape[$0] },
        keepsFirstAxis: rest.first == 0)
      let finite = try d.combination(.minimum, d.combination(.maximum, last, -1), 1)
      let median = try d.combination(.add, mean, d.combination(.multiply, finite, 0))
      return [try d.restoring(axes, of: x[0], median, s)]
    },
  ]
}
