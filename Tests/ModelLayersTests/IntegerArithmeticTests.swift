import TestSupport
import Testing

@testable import ModelLayers

/// Operations on integers: types, wrapping, and what is not exact.
@Suite struct IntegerArithmeticTests {
  typealias Row<Scalar> = (type: DType, elements: [Scalar])

  /// Applies an operation to tensors of one axis, and checks the results as engines do.
  private func values<Scalar: ReferenceScalar>(
    _ name: String, _ inputs: [Row<Scalar>], _ settings: Attributes
  ) throws -> Row<Scalar> {
    let operation = try Operation(name, attributes: settings)
    let types = inputs.map { TensorType([$0.elements.count], $0.type) }
    try operation.checkElements(types)
    let definition = try operation.definition(for: types)
    let made = definition.values(
      inputs.map { NDArray([$0.elements.count], $0.elements) }, Parameters())
    try definition.check(results: made)
    return (definition.outputs[0].type.dtype, made[0].elements)
  }

  private func values(
    _ name: String, _ inputs: Row<Float>..., with settings: Attributes = [:]
  ) throws -> Row<Float> { try values(name, inputs, settings) }

  @Test func `what a type does not have wraps around`() throws {
    let bytes = try values("Subtract", (.uint8, [100, 127, 0]), (.uint8, [127, 127, 1]))
    #expect(bytes.type == .uint8 && bytes.elements == [229, 0, 255])
    let small = try values("Multiply", (.int8, [100, -128, -100]), (.int8, [2, -1, 2]))
    #expect(small.type == .int8 && small.elements == [-56, -128, 56])
    #expect(try values("Absolute", (.int8, [-128, -5])).elements == [-128, 5])
    let sums = try values("IntegerSum", (.uint16, [65535, 2]), with: ["axis": .ints([0])])
    #expect(sums.type == .uint16 && sums.elements == [1])
    #expect(
      try values("Cast", (.int32, [300, -1]), with: ["dtype": .string("uint8")]).elements == [
        44, 255,
      ])
  }

  @Test func `sums are of at least 32 bits, and running sums of the type that is there`() throws {
    let sum = try values("Sum", (.uint8, [200, 200]))
    #expect(sum.type == .uint32 && sum.elements == [400])
    #expect(try values("Sum", (.int16, [30000, 30000])).type == .int32)
    let running = try values("Cumsum", (.uint8, [200, 200]), with: ["axis": .int(0)])
    #expect(running.type == .uint8 && running.elements == [200, 144])
    let counted = try values("Cumsum", (.bool, [1, 0, 1]), with: ["axis": .int(0)])
    #expect(counted.type == .int32 && counted.elements == [1, 1, 2])
  }

  @Test func `quotients are rounded down, and remainders have the sign of the divisor`() throws {
    let (x, y): ([Float], [Float]) = ([-7, 7, -7, 7], [3, -3, -3, 3])
    #expect(try values("FloorDivide", (.int32, x), (.int32, y)).elements == [-3, -3, 2, 2])
    #expect(try values("Mod", (.int32, x), (.int32, y)).elements == [2, -2, -1, 1])
    // The quotient in float32 is nearer to the next integer than float32 tells.
    let near = try values("FloorDivide", (.int32, [16_777_214, 16_777_215]), (.int32, [3, 2]))
    #expect(near.elements == [5_592_404, 8_388_607])
    let mean = try values("IntegerMean", (.int32, [-7, 2]))
    #expect(mean.type == .int32 && mean.elements == [-2])
  }

  @Test func `functions that are of real numbers make them of integers`() throws {
    for name in ["Exp", "Log", "Sqrt", "Tanh", "Mean", "Var", "Std", "Floor"] {
      #expect(try values(name, (.int32, [1, 4])).type == .float32, "\(name)")
    }
    let quotient = try values("TrueDivide", (.int32, [1, 0]), (.int32, [2, 0]))
    #expect(quotient.type == .float32 && quotient.elements[0] == 0.5 && quotient.elements[1].isNaN)
    let mixed = try values("Add", (.int32, [1]), (.float32, [0.5]))
    #expect(mixed.type == .float32 && mixed.elements == [1.5])
    #expect(try values("Add", (.uint64, [1]), (.int8, [1])).type == .float32)
  }

  @Test func `what is chosen and joined has the common type`() throws {
    let chosen = try values("Where", (.bool, [1, 0]), (.uint8, [1, 2]), (.int8, [3, -4]))
    #expect(chosen.type == .int16 && chosen.elements == [1, -4])
    let joined = try values(
      "Concatenate", (.int32, [1]), (.float32, [0.5]), with: ["axis": .int(0)])
    #expect(joined.type == .float32 && joined.elements == [1, 0.5])
    #expect(try values("Greater", (.uint8, [255]), (.int8, [-1])).elements == [1])
  }

  // MARK: - What is not exact

  private static let exact = "-16777215 to 16777215, which are computed exactly"

  @Test func `an integer that float32 may round is an error, and none in float64`() throws {
    let large: [Double] = [8_388_607, -4096]
    let product: Row<Double> = try values(
      "Multiply", [(.int32, large), (.int32, [3, 4096])], [:])
    #expect(product.elements == [25_165_821, -16_777_216])
    #expect(
      refusal { try values("Multiply", (.int32, large.map(Float.init)), (.int32, [3, 4096])) }
        == "comes upon 25165820.0 on the way to int32; expected an integer from \(Self.exact)")
    // An odd number that would be rounded to the first that is no longer told from its neighbours.
    #expect(
      refusal { try values("Add", (.int32, [16_777_215]), (.int32, [2])) }
        == "comes upon 16777216.0 on the way to int32; expected an integer from \(Self.exact)")
    #expect(!refusal { try values("Equal", (.int32, [16_777_216]), (.int32, [0])) }.isEmpty)
    #expect(!refusal { try values("Power", (.int32, [3]), (.int32, [20])) }.isEmpty)
  }

  @Test func `sums that are too large on the way are errors though they end small`() {
    let terms: [Float] = [16_777_215, 16_777_213, -16_777_215, -16_777_212]
    #expect(!refusal { try values("Sum", (.int32, terms)) }.isEmpty)
    #expect(!refusal { try values("Cumsum", (.int32, terms), with: ["axis": .int(0)]) }.isEmpty)
    #expect(!refusal { try values("IntegerMean", (.int32, terms)) }.isEmpty)
    #expect(
      !refusal {
        try values("AddN", (.int32, [16_777_215]), (.int32, [16_777_213]), (.int32, [-16_777_215]))
      }.isEmpty)
    // The multiple of 23 next to the dividend is no number of float32.
    #expect(!refusal { try values("Mod", (.int32, [-16_777_215]), (.int32, [23])) }.isEmpty)
  }

  @Test func `nothing is divided by 0, and integers have no fractions`() {
    #expect(
      refusal { try values("FloorDivide", (.int32, [5]), (.int32, [0])) }
        == "comes upon inf on the way to int32; expected an integer from \(Self.exact)")
    #expect(
      refusal { try values("FloorDivide", (.uint8, [0]), (.uint8, [0])) }
        .contains("nan on the way to uint8"))
    #expect(!refusal { try values("Mod", (.int32, [5]), (.int32, [0])) }.isEmpty)
    #expect(
      refusal { try values("Power", (.int32, [2]), (.int32, [-1])) }
        == "comes upon 0.5 on the way to int32; expected an integer from \(Self.exact)")
    #expect(!refusal { try values("Power", (.int32, [0]), (.int32, [-1])) }.isEmpty)
    let clipped: Attributes = ["x_min": .double(-3), "x_max": .double(60)]
    #expect(
      refusal { try values("Clip", (.uint8, [100]), with: clipped) }
        == "attribute 'x_min' is -3.0; expected a number of uint8")
    #expect((try? values("Clip", (.int8, [100]), with: clipped))?.elements == [60])
    #expect(
      refusal {
        try values("Clip", (.int32, [0]), with: ["x_min": .double(0.5), "x_max": .double(2)])
      } == "attribute 'x_min' is 0.5; expected a number of int32")
    #expect(
      refusal {
        try values(
          "Pad", (.bool, [1]), with: ["pad_width": .ints([1, 1]), "constant_values": .double(7)])
      } == "attribute 'constant_values' is 7.0; expected a number of bool")
  }

  @Test func `a real number that is none of the type is no integer of it`() {
    #expect(
      refusal { try values("Cast", (.float32, [255.9, 300]), with: ["dtype": .string("uint8")]) }
        == "comes upon 300.0 on the way to uint8; expected an integer from 0 to 255, which are "
        + "computed exactly")
    #expect(
      !refusal { try values("Cast", (.float32, [.nan]), with: ["dtype": .string("int32")]) }.isEmpty
    )
    #expect(!refusal { try values("Negative", (.uint32, [1])) }.isEmpty)
  }

  @Test func `what is given has to be of its type`() throws {
    #expect(
      refusal { try values("Greater", (.int32, [0.5]), (.int32, [0])) }
        .hasPrefix("comes upon 0.5 on")
    )
    #expect(!refusal { try values("Add", (.uint8, [300]), (.int32, [1])) }.isEmpty)
    // A constant that float32 does not hold is none that is chosen.
    let chosen = try Operation("Where").taking([
      .tensor, .constant(dimensions: [], elements: [16_777_217], type: .int32), .tensor,
    ]).definition(for: [TensorType([1], .bool), TensorType([1], .int32)])
    let single = chosen.values([NDArray<Float>([1], [1]), NDArray([1], [0])], Parameters())
    #expect(!refusal { try chosen.check(results: single) }.isEmpty)
    let double = chosen.values([NDArray<Double>([1], [1]), NDArray([1], [0])], Parameters())
    try chosen.check(results: double)
  }

  @Test func `integers of Python take the type of what they meet`() throws {
    func made(_ name: String, _ type: DType, _ number: Int) throws -> (DType, [Float]) {
      let definition = try Operation(name).taking([.tensor, .integer(number)])
        .definition(for: [TensorType([1], type)])
      return (
        definition.outputs[0].type.dtype,
        definition.values([NDArray<Float>([1], [44])], Parameters())[0].elements
      )
    }
    #expect(try made("Add", .uint8, 300) == (.uint8, [88]))
    #expect(try made("Equal", .uint8, 300) == (.bool, [1]))
    #expect(try made("Add", .float32, 300) == (.float32, [344]))
    #expect(try made("Power", .int8, 2) == (.int8, [-112]))
  }

  @Test func `what has no rule for integers is refused by name`() {
    #expect(
      refusal { try values("Matmul", (.int32, [1]), (.int32, [1])) }
        == "is called with x1=a tensor of type int32; expected real numbers; cast it first")
    #expect(
      refusal { try values("Add", (.bool, [1]), (.bool, [1])) }
        == "is called with x1=a tensor of type bool; expected numbers; cast it first")
  }

  @Test(arguments: [(DType.int32, "Take"), (.float32, "Take"), (.int32, "TakeAlongAxis")])
  func `a place that an axis does not have is an error`(type: DType, name: String) throws {
    let operation = try Operation(name, attributes: ["axis": .int(1)])
    let rows = TensorType([2, 3], type)
    let sentence = "is given the element 3.0; expected -3 to 2"
    let given = try operation.definition(for: [rows, TensorType([2, 1], .int32)])
    try given.check([NDArray<Float>([2, 3], [1, 2, 3, 4, 5, 6]), NDArray([2, 1], [-3, 2])])
    #expect(
      refusal {
        try given.check([NDArray<Float>([2, 3], [1, 2, 3, 4, 5, 6]), NDArray([2, 1], [0, 3])])
      } == sentence)
    #expect(
      refusal {
        _ = try operation.taking([
          .tensor, .constant(dimensions: [2, 1], elements: [0, 3], type: .int32),
        ]).definition(for: [rows])
      } == sentence)
  }

  @Test func `a place that an axis of any size does not have makes no integer`() throws {
    let types = [TensorType([nil, 2], .int32), TensorType([1], .int32)]
    let definition = try Operation("Take", attributes: ["axis": .int(0)]).definition(for: types)
    let made = definition.values(
      [NDArray<Float>([1, 2], [1, 2]), NDArray([1], [1])], Parameters())
    #expect(!refusal { try definition.check(results: made) }.isEmpty)
  }

  // MARK: - Bounds

  private func bounds(
    _ name: String, _ type: DType, _ x: [Double], _ y: [Double], off units: [Double]
  ) throws -> [Double] {
    let types = [TensorType([x.count], type), TensorType([y.count], type)]
    let definition = try Operation(name).definition(for: types)
    let inputs = [NDArray([x.count], x), NDArray([y.count], y)]
    let made = definition.values(inputs, Parameters())
    let given = [RoundingBound(length: 0, magnitude: [], fixed: units), .exact]
    let bound = definition.bounds(
      inputs, within: units.isEmpty ? nil : given, Parameters(), outputs: made)[0]
    return bound.filled(to: x.count).fixed.map { $0 * 0x1p-24 }
  }

  @Test func `integers are exact, unless what they are made of is not`() throws {
    #expect(try bounds("FloorDivide", .int32, [6, 7], [3, 3], off: []) == [0, 0])
    #expect(try bounds("Multiply", .uint8, [200, 250], [2, 2], off: []) == [0, 0])
    // A place that rounding may choose is off by one, or not at all.
    let off = try bounds("Add", .int32, [1000, 7], [1, 1], off: [0x1p24, 0])
    #expect(off[0] >= 1 && off[0] < 1.001 && off[1] == 0)
    // At the edge of the type it may be a whole turn off.
    let turned = try bounds("Add", .uint8, [254, 100], [1, 1], off: [0x1p24, 0x1p24])
    #expect(turned[0] >= 257 && turned[1] < 1.001)
  }

  @Test func `items of a batch are apart where the operation has them apart`() throws {
    func items(_ name: String, _ settings: Attributes, _ place: ItemAxis) throws -> ItemAxis {
      try Operation(name, attributes: settings)
        .definition(for: [TensorType([2, 3], .int32)]).items(in: [place])[0]
    }
    #expect(try items("Negative", [:], .axis(0)) == .axis(0))
    #expect(try items("Cumsum", ["axis": .int(1)], .axis(0)) == .axis(0))
    #expect(try items("Cumsum", ["axis": .int(0)], .axis(0)) == .mixed)
    #expect(try items("Sum", ["axis": .ints([0])], .axis(0)) == .mixed)
  }

  @Test func `what is made on the way counts as what is made`() throws {
    let definition = try Operation("Add").definition(
      for: [TensorType([3, 1], .int32), TensorType([1, 4], .int32)])
    #expect(throws: ModelError.elementCount([3, 4], limit: 11)) {
      try definition.checkSizes(elementLimit: 11)
    }
  }
}
