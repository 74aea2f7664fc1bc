import Testing

@testable import ModelLayers

/// Primitives that move elements: nothing is rounded, and errors go where elements go.
@Suite struct MovementPrimitiveTests {
  private func check(_ trial: PrimitiveTrial, _ expected: NDArray<Double>) {
    #expect(trial.distance(to: expected) == 0)
    #expect(trial.singleDistance(to: expected) == 0)
    #expect(trial.roundingShare() == 0)
    #expect(trial.bounds()[0].allSatisfy { $0 == 0 })
    #expect(trial.perturbationShare() <= 1.001)
  }

  @Test func `padding adds zeros, or takes away where it is negative`() throws {
    for (before, after) in [
      ([0, 1, 2], [0, 3, 0]), ([0, -1, 0], [0, 0, -2]), ([0, -2, 1], [0, 1, -3]),
      ([0, -4, 0], [0, 2, 0]), ([0, 0, -5], [0, 0, 0]),
    ] {
      let trial = try PrimitiveTrial([[2, 4, 5]]) { values, definition throws(ModelError) in
        [try definition.padding(values[0], before: before, after: after)]
      }
      let x = trial.inputs[0]
      let sizes = (0..<3).map { x.dimensions[$0] + before[$0] + after[$0] }
      check(
        trial,
        .generate(sizes) { place in
          let source = zip(place, before).map { $0 - $1 }
          let isInside = zip(source, x.dimensions).allSatisfy { 0..<$1 ~= $0 }
          return isInside ? x[source] : 0
        })
      #expect(trial.items(in: .axis(0)) == .axis(0))
      #expect(try trial.distanceOfItems(in: .axis(0)) == 0)
      #expect(trial.items(in: .axis(1)) == (before[1] == 0 && after[1] == 0 ? .axis(1) : .mixed))
    }
  }

  @Test(arguments: 0...2, 1...3)
  func `repetition puts each element several times`(_ axis: Int, _ count: Int) throws {
    let trial = try PrimitiveTrial([[2, 3, 4]]) { values, definition throws(ModelError) in
      [try definition.repetition(values[0], axis: axis, count: count)]
    }
    var sizes = [2, 3, 4]
    sizes[axis] *= count
    check(
      trial,
      .generate(sizes) { place in
        var source = place
        source[axis] /= count
        return trial.inputs[0][source]
      })
    for item in 0..<3 {
      let isApart = item != axis || count == 1
      #expect(trial.items(in: .axis(item)) == (isApart ? .axis(item) : .mixed))
      if isApart { #expect(try trial.distanceOfItems(in: .axis(item)) == 0) }
    }
  }

  @Test(arguments: 0...2)
  func `concatenation puts its inputs one after the other`(_ axis: Int) throws {
    var shapes = Array(repeating: [2, 3, 4], count: 3)
    shapes[1][axis] = 1
    shapes[2][axis] = 5
    let trial = try PrimitiveTrial(shapes) { values, definition throws(ModelError) in
      [try definition.concatenation(values, axis: axis)]
    }
    let first = shapes[0][axis]
    var sizes = shapes[0]
    sizes[axis] = first + 6
    check(
      trial,
      .generate(sizes) { place in
        var source = place
        if place[axis] < first { return trial.inputs[0][source] }
        source[axis] -= first
        if source[axis] < 1 { return trial.inputs[1][source] }
        source[axis] -= 1
        return trial.inputs[2][source]
      })
    for item in 0..<3 {
      let place = ItemAxis.axis(item)
      #expect(trial.items(in: place, place, place) == (item == axis ? .mixed : place))
      if item != axis { #expect(try trial.distanceOfItems(in: place, place, place) == 0) }
      #expect(trial.items(in: place, place, .absent) == .mixed)
    }
    #expect(trial.items(in: .absent, .absent, .absent) == .absent)
  }

  @Test func `a transpose exchanges axes`() throws {
    for order in [[0, 2, 1], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
      let trial = try PrimitiveTrial([[2, 3, 4]]) { values, definition throws(ModelError) in
        [try definition.transpose(values[0], order)]
      }
      check(
        trial,
        .generate(order.map { [2, 3, 4][$0] }) { place in
          var source = [0, 0, 0]
          for (target, axis) in order.enumerated() { source[axis] = place[target] }
          return trial.inputs[0][source]
        })
      for item in 0..<3 {
        #expect(
          trial.items(in: .axis(item)) == order.firstIndex(of: item).map { .axis($0) })
        #expect(try trial.distanceOfItems(in: .axis(item)) == 0)
      }
    }
  }

  @Test func `a reshape keeps the order of the elements`() throws {
    let trial = try PrimitiveTrial([[2, 3, 4]]) { values, definition throws(ModelError) in
      [try definition.reshape(values[0], [values[0].shape[0], 2, 6])]
    }
    check(
      trial,
      .generate([2, 2, 6]) { place in
        let rest = place[1] * 6 + place[2]
        return trial.inputs[0].at(place[0], rest / 4, rest % 4)
      })
    #expect(trial.items(in: .axis(0)) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0)) == 0)
    #expect(trial.items(in: .axis(1)) == .mixed)
    let flat = try PrimitiveTrial([[2, 3]]) { values, definition throws(ModelError) in
      [try definition.reshape(values[0], [3, 2], keepsFirstAxis: false)]
    }
    #expect(flat.items(in: .axis(0)) == .mixed)
  }
}
