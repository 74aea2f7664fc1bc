import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct HostileContentTests {
  private let folder: TemporaryFolder
  private let start = Wire.text(1, "residual.v1") + Wire.number(2, 1)

  init() throws {
    folder = try TemporaryFolder()
  }

  // MARK: - Tensors

  private static func tensor(
    name: [UInt8] = Wire.text(1, "t"), dtype: UInt64 = 12, shape: [UInt64] = [1],
    checksum: [UInt8] = Wire.fixed64(4, 0), usage: UInt64 = 0, data: [UInt8] = [0, 0, 0, 0]
  ) -> [UInt8] {
    Wire.bytes(
      15,
      name + Wire.number(2, dtype) + Wire.bytes(3, shape.flatMap(Wire.varint)) + checksum
        + Wire.number(5, usage) + Wire.bytes(15, data))
  }

  private static let impossibleTensors: [Refusal] = [
    Refusal(tensor(name: []), "tensor has no name"),
    Refusal(
      tensor(name: Wire.bytes(1, [0xc0])), "field 'Tensor.name' is not UTF-8 text without NUL"),
    Refusal(tensor(checksum: []), "tensor 't' has no checksum"),
    Refusal(tensor(dtype: 0), "tensor 't': dtype is 0; expected 1 to 13"),
    Refusal(tensor(dtype: .max), "tensor 't': dtype is 18446744073709551615; expected 1 to 13"),
    Refusal(tensor(usage: 2), "tensor 't': usage is 2; expected 0 or 1"),
    Refusal(tensor(shape: [2]), "tensor 't': 4 bytes are not a float32 of shape [2]"),
    Refusal(
      tensor(shape: [1_000_000_000]),
      "tensor 't': 4 bytes are not a float32 of shape [1000000000]"
    ),
    Refusal(
      tensor(shape: [1 << 31, 1 << 31, 4]),
      "tensor 't': 4 bytes are not a float32 of shape [2147483648, 2147483648, 4]"
    ),
    Refusal(
      tensor(shape: [.max]),
      "tensor 't': 4 bytes are not a float32 of shape [18446744073709551615]"
    ),
    Refusal(
      tensor(shape: [0, 1 << 40, 1 << 40]),
      "tensor 't': 4 bytes are not a float32 of shape [0, 1099511627776, 1099511627776]"
    ),
    Refusal(
      tensor(shape: Array(repeating: 1, count: 1_000_000)), "has more than 32 axes of a tensor"
    ),
    Refusal(
      tensor(name: Wire.text(1, "t") + Wire.text(1, "u")), "tensor 't' has more than one name"
    ),
    Refusal(
      tensor(name: Wire.text(1, "t") + Wire.bytes(15, [1, 2, 3, 4])),
      "tensor 't' has more than one data"
    ),
    Refusal(
      tensor(name: Wire.text(1, "t") + Wire.number(14, 3)),
      "field 'Tensor.padding' at byte 20 is not of the type that the schema says"
    ),
    Refusal(
      tensor(name: Wire.text(1, String(repeating: "n", count: 1 << 17))),
      "has more than 65536 bytes of a tensor's name"
    ),
    Refusal(tensor() + tensor(), "two tensors are named 't'"),
    Refusal(tensor() + tensor(usage: 1), "two tensors are named 't'"),
    Refusal(Wire.bytes(15, [0x7a, 0x7f, 0]), "a field at byte 17 has 127 bytes; 1 are left"),
    Refusal([0x7a, 0xff, 0xff, 0xff, 0xff, 0x7f], "ends after 21 bytes, inside its header"),
  ]

  @Test(arguments: impossibleTensors)
  func `tensors that cannot be are refused`(refusal: Refusal) throws {
    #expect(try folder.refusal(start + refusal.bytes) == refusal.sentence)
  }

  @Test func `a payload may be anywhere and its shape unpacked`() throws {
    let model = try Sample.small()
    let bytes = Wire.unsealed(try folder.written(model))
    let fields = Wire.fields(bytes)
    // Tensors first, and the fields of each reversed.
    let tensors = fields.filter { $0.number == 15 }.map { tensor in
      Wire.bytes(
        15,
        Wire.fields(bytes, tensor.value).reversed().flatMap { field in
          field.number == 3
            ? bytes[field.value].flatMap { Wire.number(3, UInt64($0)) }
            : Array(bytes[field.start..<field.value.upperBound])
        })
    }
    let rest = fields.filter { $0.number != 15 && $0.number > 1 }
      .flatMap { bytes[$0.start..<$0.value.upperBound] }
    try expectSame(
      model, folder.read(Wire.text(1, "residual.v1") + tensors.joined() + rest))
  }

  // MARK: - Graphs

  private static func reference(_ name: String) -> [UInt8] { Wire.text(1, name) }

  private static let inputLayer = Wire.bytes(
    3,
    Wire.text(1, "i") + Wire.text(2, "InputLayer") + Wire.number(4, 12)
      + Wire.bytes(
        6,
        Wire.bytes(
          1, Wire.text(1, "batch_shape") + Wire.bytes(6, Wire.bytes(1, [1, 6])))))

  /// A graph that passes its input through nested graphs, each called `calls` times.
  private static func graph(bodies: [UInt64], calls: Int = 1) -> [UInt8] {
    var bytes = Wire.text(1, "g") + Wire.number(2, 2) + inputLayer
    var previous = (name: "i", node: 0)
    var callBytes = Wire.bytes(4, Wire.text(1, "i"))
    for body in bodies {
      bytes += Wire.bytes(
        3,
        Wire.text(1, "n\(body)") + Wire.text(2, "Functional") + Wire.number(4, 12)
          + Wire.number(7, body))
      for node in 0..<calls {
        callBytes += Wire.bytes(
          4,
          Wire.text(1, "n\(body)") + Wire.number(2, UInt64(node))
            + Wire.bytes(
              3,
              Wire.text(1, "inputs")
                + Wire.bytes(
                  2,
                  Wire.bytes(
                    1, Wire.text(1, previous.name) + Wire.number(2, UInt64(previous.node))))))
        previous = ("n\(body)", node)
      }
    }
    return Wire.bytes(
      5,
      bytes + callBytes + Wire.bytes(5, reference("i"))
        + Wire.bytes(6, Wire.text(1, previous.name) + Wire.number(2, UInt64(previous.node))))
  }

  @Test func `nested graphs are read`() throws {
    let model = try folder.read(
      start + Self.graph(bodies: [2, 1]) + Self.graph(bodies: []) + Self.graph(bodies: [], calls: 2)
    )
    #expect(model.graph.allLayers.map(\.path) == ["i", "n2", "n2/i", "n1", "n1/i"])
  }

  private static let impossibleGraphs: [Refusal] = [
    Refusal(graph(bodies: [0]), "layer 'n0': graph is 0; expected an index above 0 and below 1"),
    Refusal(graph(bodies: [7]), "layer 'n7': graph is 7; expected an index above 0 and below 1"),
    Refusal(
      graph(bodies: [1]) + graph(bodies: [1]),
      "layer 'n1': graph is 1; expected an index above 1 and below 2"
    ),
    Refusal(
      graph(bodies: [1]) + graph(bodies: [0]),
      "layer 'n0': graph is 0; expected an index above 1 and below 2"
    ),
    Refusal(
      graph(bodies: [1, 2]) + graph(bodies: [2]) + graph(bodies: []),
      "graph 2 is the body of 2 layers before it; expected 1"
    ),
    Refusal(
      graph(bodies: []) + graph(bodies: []), "graph 1 is the body of 0 layers before it; expected 1"
    ),
    Refusal(
      (1...64).flatMap { graph(bodies: [UInt64($0)]) } + graph(bodies: []),
      "models are nested more than 64 deep"
    ),
    Refusal(
      (1...40).flatMap { graph(bodies: [UInt64($0)], calls: 2) } + graph(bodies: []),
      "has more than 1048576 calls"
    ),
  ]

  @Test(arguments: impossibleGraphs)
  func `graphs that are no tree, too deep or too many are refused`(refusal: Refusal) throws {
    #expect(try folder.refusal(start + refusal.bytes) == refusal.sentence)
  }

  // MARK: - References

  /// The small model's file with one run of bytes replaced by another of the same length.
  private func changing(_ old: String, to new: String) throws -> [UInt8] {
    var bytes = Wire.unsealed(try folder.written(Sample.complete()))
    let range = try #require(bytes.firstRange(of: Array(old.utf8)))
    bytes.replaceSubrange(range, with: Array(new.utf8))
    return bytes
  }

  @Test func `what is referred to must be there`() throws {
    #expect(
      try folder.refusal(changing("inner/kernel", to: "inner/kerneX"))
        == "layer 'probe' needs tensor 'inner/kerneX', which is not there")
    #expect(
      try folder.refusal(changing("lambda/w", to: "golden_/"))
        == "layer 'lambda' needs tensor 'golden_/', which is not there")
    #expect(
      try folder.refusal(changing("golden_/0/0/calls/shared:1", to: "golden_/0/0/calls/shared:2"))
        == "golden 'random' needs tensor 'golden_/0/0/calls/shared:2', which is not there")
    // The model has a tensor of this name, but a golden may refer only to golden tensors.
    #expect(
      try folder.refusal(changing("golden_/0/0/calls/shared:1", to: "every/uint8///////////////"))
        == "golden 'random' needs tensor 'every/uint8///////////////', which is not there")
  }

  @Test func `names must not repeat`() throws {
    #expect(
      try folder.refusal(changing("no_ints", to: "strides"))
        == "layer 'shared' has two attributes named 'strides'")
    #expect(
      try folder.refusal(changing("moving", to: "kernel"))
        == "layer 'shared' has two weights named 'kernel'")
    let bytes = Wire.unsealed(try folder.written(Sample.complete()))
    #expect(
      try folder.refusal(bytes + Wire.bytes(6, Wire.bytes(2, Wire.text(1, "/w"))))
        == "the source record has two objects named '/w'")
    let input = Wire.bytes(3, Wire.text(1, "input") + Wire.text(2, "golden_/0/0/inputs/input"))
    #expect(
      try folder.refusal(
        bytes + Wire.bytes(7, Wire.bytes(6, Wire.text(1, "twice") + input + input)))
        == "golden 'twice' has two inputs named 'input'")
  }

  @Test func `a tensor of a golden that nothing refers to is refused`() throws {
    let bytes = Wire.unsealed(try folder.written(Sample.complete()))
    #expect(
      try folder.refusal(bytes + Self.tensor(usage: 1))
        == "tensor 't' is that of a golden, but no golden refers to it")
  }

  @Test func `derived values that disagree are refused`() throws {
    let bytes = Wire.unsealed(try folder.written(Sample.small()))
    let shape = try #require(bytes.firstRange(of: [0x22, 5, 0x0a, 3, 1, 6, 4]))
    var changed = bytes
    changed[shape.upperBound - 1] = 6
    #expect(
      try folder.refusal(changed)
        == "call 'probe': output shapes are written as [None, 3, 3]; the layers make [None, 3, 2]")
    let padding = try #require(bytes.firstRange(of: [0x2a, 4, 0, 1, 2, 3]))
    changed = bytes
    changed[padding.upperBound - 1] = 9
    #expect(
      try folder.refusal(changed)
        == "call 'probe': padding is written as [0, 1, 2, 9]; the layer pads by [0, 1, 2, 3]")
  }
}
