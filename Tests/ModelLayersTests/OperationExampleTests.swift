import Testing

@testable import ModelLayers

/// Operations by examples that are computed by hand.
@Suite struct OperationExampleTests {
  private func values(
    _ name: String, _ settings: Attributes, _ inputs: [NDArray<Double>]
  ) throws -> NDArray<Double> {
    let operation = try Operation(name, attributes: settings)
    return try operation.definition(for: inputs.map(\.shape)).values(inputs, Parameters())[0]
  }

  /// 1, 2, 3 and so on in these dimensions.
  private static func count(_ dimensions: [Int]) -> NDArray<Double> {
    NDArray(dimensions, (0..<dimensions.reduce(1, *)).map { Double($0 + 1) })
  }

  private static let square = count([2, 2])
  private static let wide = count([2, 3])
  private static let three = count([3, 3])

  @Test(
    arguments: [
      ("Rot90", [:], wide, [3, 2], [3, 6, 2, 5, 1, 4]),
      ("Rot90", ["k": .int(2)], wide, [2, 3], [6, 5, 4, 3, 2, 1]),
      ("Rot90", ["k": .int(-1)], wide, [3, 2], [4, 1, 5, 2, 6, 3]),
      ("Rot90", ["k": .int(4)], wide, [2, 3], [1, 2, 3, 4, 5, 6]),
      ("Rot90", ["axes": .ints([1, 0])], wide, [3, 2], [4, 1, 5, 2, 6, 3]),
      ("Tril", [:], three, [3, 3], [1, 0, 0, 4, 5, 0, 7, 8, 9]),
      ("Tril", ["k": .int(1)], three, [3, 3], [1, 2, 0, 4, 5, 6, 7, 8, 9]),
      ("Tril", ["k": .int(-1)], wide, [2, 3], [0, 0, 0, 4, 0, 0]),
      ("Triu", [:], three, [3, 3], [1, 2, 3, 0, 5, 6, 0, 0, 9]),
      ("Triu", ["k": .int(2)], wide, [2, 3], [0, 0, 3, 0, 0, 0]),
      (
        "BandPart", ["num_lower": .int(1), "num_upper": .int(0)], three, [3, 3],
        [1, 0, 0, 4, 5, 0, 0, 8, 9]
      ),
      (
        "BandPart", ["num_lower": .int(0), "num_upper": .int(-1)], three, [3, 3],
        [1, 2, 3, 0, 5, 6, 0, 0, 9]
      ),
      (
        "Slice", ["start_indices": .ints([0, 1]), "shape": .ints([2, 1])], wide, [2, 1], [2, 5]
      ),
      (
        "Slice", ["start_indices": .ints([1, 1]), "shape": .ints([-1, -1])], wide, [1, 2], [5, 6]
      ),
      ("GetItem", ["key": .strings(["::\(Int.max)"])], wide, [1, 3], [1, 2, 3]),
      ("GetItem", ["key": .strings(["::\(Int.min)"])], wide, [1, 3], [4, 5, 6]),
      ("Cbrt", [:], NDArray([3], [8, -27, 0]), [3], [2, -3, 0]),
      ("Ptp", ["axis": .int(1)], NDArray([2, 2], [3, -1, 2, 2]), [2], [4, 0]),
      ("Ptp", [:], wide, [], [5]),
      ("Diff", [:], NDArray([1, 4], [1, 4, 2, 7]), [1, 3], [3, -2, 5]),
      ("Diff", ["n": .int(2)], NDArray([1, 4], [1, 4, 2, 7]), [1, 2], [-5, 7]),
      ("Diff", ["axis": .int(0)], wide, [1, 3], [3, 3, 3]),
      ("Average", ["axis": .int(1)], wide, [2], [2, 5]),
      ("Deg2rad", [:], NDArray([2], [180, -90]), [2], [.pi, -.pi / 2]),
      ("Rad2deg", [:], NDArray([2], [.pi, -.pi / 2]), [2], [180, -90]),
      (
        "RGBToGrayscale", [:], NDArray([1, 1, 2, 3], [1, 0, 0, 10, 100, 1000]), [1, 1, 2, 1],
        [0.2989, 175.689]
      ),
      ("Shape", [:], wide, [2], [2, 3]), ("Median", ["axis": .int(1)], wide, [2], [2, 5]),
      ("Median", ["axis": .int(0)], wide, [3], [2.5, 3.5, 4.5]),
      ("Median", [:], wide, [], [3.5]),
      (
        "Reshape", ["newshape": .ints([0, -1]), "copies_zeros": .bool(true)],
        count([2, 3, 2]), [2, 6], (1...12).map(Double.init)
      ),
    ] as [(String, Attributes, NDArray<Double>, [Int], [Double])])
  func `of one tensor`(
    _ name: String, _ settings: Attributes, _ input: NDArray<Double>, _ dimensions: [Int],
    _ expected: [Double]
  ) throws {
    let made = try values(name, settings, [input])
    #expect(made.dimensions == dimensions)
    #expect(made.elements.count == expected.count)
    for (element, wanted) in zip(made.elements, expected) { #expect(abs(element - wanted) < 1e-12) }
  }

  @Test(
    arguments: [
      (
        "TakeAlongAxis", ["axis": .int(1)], [wide, NDArray([2, 2], [2, 0, -1, 1])], [2, 2],
        [3, 1, 6, 5]
      ),
      (
        "TakeAlongAxis", ["axis": .int(0)], [wide, NDArray([1, 3], [1, 0, 1])], [1, 3], [4, 2, 6]
      ),
      ("Average", ["axis": .int(1)], [wide, NDArray([3], [1, 1, 2])], [2], [2.25, 5.25]),
      ("Average", [:], [square, NDArray([2, 2], [1, 0, 0, 3])], [], [3.25]),
      ("Hypot", [:], [NDArray([2], [3, -5]), NDArray([2], [4, 12])], [2], [5, 13]),
      (
        "Logaddexp", [:], [NDArray([2], [0, 1000]), NDArray([2], [0, 0])], [2],
        [0.6931471805599453, 1000]
      ),
      ("Kron", [:], [NDArray([2], [1, 10]), NDArray([2], [1, 2])], [4], [1, 2, 10, 20]),
      (
        "Kron", [:], [NDArray([1, 2], [1, 10]), square], [2, 4], [1, 2, 10, 20, 3, 4, 30, 40]
      ),
      ("Dstack", [:], [count([1, 1, 1]), count([1, 1, 2])], [1, 1, 3], [1, 1, 2]),
      ("FullLike", [:], [wide, NDArray([], [7])], [2, 3], [7, 7, 7, 7, 7, 7]),
      ("Append", ["axis": .int(1)], [square, wide], [2, 5], [1, 2, 1, 2, 3, 3, 4, 4, 5, 6]),
      ("Append", [:], [square, NDArray([1], [9])], [5], [1, 2, 3, 4, 9]),
      ("Hstack", [:], [square, wide], [2, 5], [1, 2, 1, 2, 3, 3, 4, 4, 5, 6]),
      ("Vstack", [:], [square, square], [4, 2], [1, 2, 3, 4, 1, 2, 3, 4]),
    ] as [(String, Attributes, [NDArray<Double>], [Int], [Double])])
  func `of several tensors`(
    _ name: String, _ settings: Attributes, _ inputs: [NDArray<Double>], _ dimensions: [Int],
    _ expected: [Double]
  ) throws {
    let made = try values(name, settings, inputs)
    #expect(made.dimensions == dimensions)
    #expect(made.elements.count == expected.count)
    for (element, wanted) in zip(made.elements, expected) { #expect(abs(element - wanted) < 1e-12) }
  }

  @Test func `attention is a mean of values, by what the query and the keys have in common`() throws
  {
    let query = NDArray<Double>([1, 1, 1, 4], [1, 0, 0, 0])
    // One key twice as near as the other: the weights are e to 1 and to ½, over their sum.
    let key = NDArray<Double>([1, 2, 1, 4], [2, 0, 0, 0, 1, 9, 9, 9])
    let value = NDArray<Double>([1, 2, 1, 4], [1, 0, 0, 0, 0, 1, 0, 0])
    let weight = 1 / (1 + 1 / 0.5.exponential)
    func attended(_ settings: Attributes, _ inputs: [NDArray<Double>]) throws -> [Double] {
      let made = try values("DotProductAttention", settings, inputs)
      #expect(made.dimensions == [1, 1, 1, 4])
      return made.elements
    }
    func isNear(_ found: [Double], _ expected: [Double]) -> Bool {
      zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }
    #expect(isNear(try attended([:], [query, key, value]), [weight, 1 - weight, 0, 0]))
    #expect(isNear(try attended(["scale": .double(0)], [query, key, value]), [0.5, 0.5, 0, 0]))
    let bias = NDArray<Double>([1, 1, 1, 2], [-0.5, 0])
    #expect(isNear(try attended([:], [query, key, value, bias]), [0.5, 0.5, 0, 0]))
    for settings: Attributes in [
      ["is_causal": .bool(true)], ["attn_logits_soft_cap": .double(5)],
      ["given": .strings(["query", "key", "value", "mask"])],
    ] {
      #expect(throws: ModelError.self) { try attended(settings, [query, key, value, bias]) }
    }
    #expect(throws: ModelError.self) {
      try attended([:], [query, key, NDArray([1, 2, 4], Array(repeating: 1, count: 8))])
    }
  }

  @Test func `parts may be of other sizes, along the axis that a name says`() throws {
    func shapes(_ name: String, _ settings: Attributes, _ input: Shape) throws -> [Shape] {
      try Operation(name, attributes: settings).definition(for: [input]).outputShapes
    }
    let three: Attributes = ["sections": .int(3)]
    #expect(try shapes("ArraySplit", three, [7, 2]) == [[3, 2], [2, 2], [2, 2]])
    #expect(
      try shapes("ArraySplit", ["indices": .ints([1]), "axis": .int(1)], [2, 3]) == [
        [2, 1], [2, 2],
      ])
    #expect(try shapes("Hsplit", three, [2, 6, 2]) == [[2, 2, 2], [2, 2, 2], [2, 2, 2]])
    #expect(try shapes("Vsplit", three, [3, 2]) == [[1, 2], [1, 2], [1, 2]])
    #expect(try shapes("Dsplit", three, [1, 1, 3]) == [[1, 1, 1], [1, 1, 1], [1, 1, 1]])
    let seven = Self.count([7])
    let parts = try Operation("ArraySplit", attributes: three).definition(for: [seven.shape])
      .values([seven], Parameters())
    #expect(parts.map(\.elements) == [[1, 2, 3], [4, 5], [6, 7]])
    #expect(throws: ModelError.self) { try shapes("Split", three, [7]) }
    #expect(throws: ModelError.self) { try shapes("ArraySplit", ["sections": .int(0)], [7]) }
    #expect(throws: ModelError.self) { try shapes("ArraySplit", ["sections": .int(1 << 40)], [7]) }
  }

  // MARK: - Images

  @Test func `blocks of pixels become channels, and channels blocks`() throws {
    let image = Self.count([1, 2, 2, 1])
    let deep = try values("SpaceToDepth", ["block_size": .int(2)], [image])
    #expect(deep == NDArray([1, 1, 1, 4], [1, 2, 3, 4]))
    // Two channels of each pixel stay together.
    let pair = try values("SpaceToDepth", ["block_size": .int(2)], [Self.count([1, 2, 4, 2])])
    #expect(
      pair == NDArray([1, 1, 2, 8], [1, 2, 3, 4, 9, 10, 11, 12, 5, 6, 7, 8, 13, 14, 15, 16]))
    #expect(
      try values("DepthToSpace", ["block_size": .int(2)], [pair]) == Self.count([1, 2, 4, 2]))
  }

  @Test func `pools are maxima and means, without what pads them`() throws {
    let image = Self.count([1, 3, 3, 1])
    let two: Attributes = ["pool_size": .ints([2])]
    #expect(try values("MaxPool", two, [image]) == NDArray([1, 1, 1, 1], [5]))
    #expect(try values("AveragePool", two, [image]) == NDArray([1, 1, 1, 1], [3]))
    var same = two
    same["padding"] = .string("same")
    #expect(try values("MaxPool", same, [image]).elements == [5, 6, 8, 9])
    #expect(try values("AveragePool", same, [image]).elements == [3, 4.5, 7.5, 9])
    var near = two
    near["strides"] = .ints([1, 2])
    #expect(try values("MaxPool", near, [image]) == NDArray([1, 2, 1, 1], [5, 8]))
    #expect(
      try values("MaxPool", ["pool_size": .ints([2])], [Self.count([1, 4, 1])]).elements == [2, 4])
  }

  @Test func `convolutions are sums under a window`() throws {
    let image = Self.count([1, 2, 3, 1])
    let kernel = NDArray<Double>([2, 2, 1, 1], [1, 10, 100, 1000])
    #expect(try values("Conv", [:], [image, kernel]) == NDArray([1, 1, 2, 1], [5421, 6532]))
    #expect(
      try values("Conv", ["strides": .ints([2])], [image, kernel]).elements == [5421])
    #expect(
      try values("Conv", ["padding": .string("same")], [image, kernel]).elements
        == [5421, 6532, 603, 54, 65, 6])
    // Steps of two: the corners of the image.
    #expect(
      try values(
        "Conv", ["dilation_rate": .ints([1, 2])], [image, kernel]
      ).elements == [6431])
    // Each channel by itself, with two filters each.
    let row = NDArray<Double>([1, 2, 2], [1, 2, 3, 4])
    let filters = NDArray<Double>([1, 2, 2], [1, 10, 100, 1000])
    #expect(
      try values("DepthwiseConv", [:], [row, filters])
        == NDArray(
          [1, 2, 4], [1, 10, 200, 2000, 3, 30, 400, 4000]))
  }

  // MARK: - Reductions

  @Test(
    arguments: [
      "Logsumexp", "Var", "Std", "Median", "EuclideanNorm", "Moments", "Argmax", "Argmin", "Norm",
      "Sum", "Mean", "Prod", "Max", "Min", "Amax", "Amin",
    ])
  func `an axis that is taken together stays where it is asked to`(_ name: String) throws {
    let axis = name == "Moments" ? "axes" : "axis"
    for keeps in [false, true] {
      let settings: Attributes = [axis: .ints([1]), "keepdims": .bool(keeps)]
      var one = settings
      if name.hasPrefix("Arg") { one["axis"] = .int(1) }
      let operation = try Operation(name, attributes: one)
      let shapes = try operation.definition(for: [[nil, 3, 4]]).outputShapes
      #expect(shapes.allSatisfy { $0 == (keeps ? [nil, 1, 4] : [nil, 4]) }, "\(name)")
      let kept = try values(name, one, [Self.count([2, 3, 4])])
      #expect(kept.dimensions == (keeps ? [2, 1, 4] : [2, 4]))
    }
  }

  @Test func `the median of what has no number is none`() throws {
    let rows = NDArray<Double>([3, 3], [3, .nan, 1, 5, 4, 6, .infinity, 2, 1])
    let made = try values("Median", ["axis": .int(1)], [rows]).elements
    #expect(made[0].isNaN && made[1] == 5 && made[2] == 2)
    let even = NDArray<Double>([2, 2], [.nan, 1, 2, 4])
    let means = try values("Median", ["axis": .int(1)], [even]).elements
    #expect(means[0].isNaN && means[1] == 3)
    #expect(try values("Median", [:], [even]).elements[0].isNaN)
  }

  @Test func `without axes a batch of one item would lose its own`() throws {
    func items(_ settings: Attributes) throws -> ItemAxis {
      try Operation("Squeeze", attributes: settings).definition(for: [[2, 1, 3]])
        .items(in: [.axis(0)])[0]
    }
    #expect(try items([:]) == .mixed)
    #expect(try items(["axis": .int(1)]) == .axis(0))
  }

  // MARK: - Errors

  @Test(
    arguments: [
      ("GetItem", ["key": .strings(["::0"])]), ("GetItem", ["key": .strings(["1:2:3:4"])]),
      ("GetItem", ["key": .strings(["...", "..."])]), ("GetItem", ["key": .strings(["x"])]),
      ("Rot90", ["axes": .ints([0, 0])]), ("Rot90", ["axes": .ints([0, 5])]),
      ("Slice", ["start_indices": .ints([0, 2]), "shape": .ints([1, 2])]),
      ("Slice", ["start_indices": .ints([0]), "shape": .ints([1])]),
      ("Slice", ["start_indices": .ints([0, .max]), "shape": .ints([1, .max])]),
      ("Slice", ["start_indices": .ints([0, -1]), "shape": .ints([1, 1])]),
      ("Reshape", ["newshape": .ints([0, 0, 0, -1]), "copies_zeros": .bool(true)]),
      ("Reshape", ["newshape": .ints([0, 4]), "copies_zeros": .bool(true)]),
      ("DepthToSpace", ["block_size": .int(2)]), ("SpaceToDepth", ["block_size": .int(0)]),
      ("MaxPool", ["pool_size": .ints([2])]), ("Tile", ["repeats": .ints([1 << 40])]),
    ] as [(String, Attributes)])
  func `what has no meaning is an error`(_ name: String, _ settings: Attributes) {
    #expect(throws: ModelError.self) {
      try Operation(name, attributes: settings).definition(for: [[2, 3]])
    }
  }
}

extension Double {
  /// e to the power of the number, by its series.
  fileprivate var exponential: Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1..<30 {
      term *= self / Double(n)
      sum += term
    }
    return sum
  }
}
