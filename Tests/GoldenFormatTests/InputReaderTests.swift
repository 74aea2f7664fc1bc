import GoldenFormat
import ModelGraph
import TestSupport
import Testing

/// What models are fed from files of NumPy's.
@Suite struct InputReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func array(_ descr: String, _ shape: String, _ elements: [UInt8]) -> [UInt8] {
    let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape)}"
    return [0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count), 0] + text.utf8 + elements
  }

  private static func floats(_ shape: String, _ numbers: [Float]) -> [UInt8] {
    array(
      "<f4", shape,
      numbers.flatMap { number in
        (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
      })
  }

  /// Two inputs, of places in a table and of real numbers.
  private func graph(_ names: [String] = ["ids", "x2"]) throws -> Graph {
    let layers = names.map {
      LayerNode(
        name: $0,
        body: .layer(InputLayer(batchShape: [nil, 2], dtype: $0 == "ids" ? .uint8 : .float32)))
    }
    let references = names.map { TensorReference($0) }
    return try Graph(
      name: "model", form: .functional, layers: layers, calls: names.map { Call($0, inputs: []) },
      inputs: references, outputs: references)
  }

  private func read(_ bytes: [UInt8], _ names: [String]) throws -> [String: [Float]] {
    let path = folder.file("in.np")
    try folder.write(bytes, to: "in.np")
    let read = try InputReader().read(path: path, for: graph(names))
    return try Dictionary(
      uniqueKeysWithValues: read.map { ($0.key, try $0.value.array(Float.self).elements) })
  }

  private func refusal(_ bytes: [UInt8], _ names: [String] = ["x2"]) -> String? {
    do {
      _ = try read(bytes, names)
      return nil
    } catch {
      return "\(error)".replacing("\(folder.file("in.np")): ", with: "")
    }
  }

  @Test func `an array is the only input of a model, in float32 whatever its type`() throws {
    #expect(try read(Self.floats("(1, 2)", [0.5, 2]), ["x2"]) == ["x2": [0.5, 2]])
    #expect(try read(Self.array("|u1", "(1, 2)", [3, 255]), ["x2"]) == ["x2": [3, 255]])
    #expect(try read(Self.array("|b1", "(1, 2)", [0, 1]), ["ids"]) == ["ids": [0, 1]])
  }

  @Test func `one array is not two inputs`() {
    #expect(
      refusal(Self.floats("(1, 2)", [0.5, 2]), ["ids", "x2"])
        == "holds one array for a model of 2 inputs; expected an .npz file with the keys 'ids', 'x2'"
    )
  }

  @Test func `what is no file of arrays is refused, and so are Python objects`() {
    let other = "is neither an .npy nor an .npz file; write it with numpy.save or numpy.savez"
    for bytes in [[], [0x93], Array("hello".utf8), Array("\u{93}NUMPX".utf8)] {
      #expect(refusal(bytes) == other)
    }
    #expect(
      refusal(Self.array("|O", "(1, 2)", [0, 0]))
        == "holds Python objects, which are not read; expected numbers or texts: convert the array")
    #expect(
      refusal(Self.array("|u1", "(1, 1099511627776)", [0]))
        == "has 1 bytes of elements; expected 1099511627776 from its shape and type")
  }

  @Test(arguments: ["(2,)", "(1, 3)", "(0, 2)", "(1, 1, 2)"])
  func `another shape is refused`(shape: String) {
    let count = ["(2,)": 2, "(1, 3)": 3, "(0, 2)": 0, "(1, 1, 2)": 2][shape] ?? 0
    let sizes = shape.replacing("(", with: "[").replacing(")", with: "]").replacing(",]", with: "]")
    #expect(
      refusal(Self.floats(shape, [Float](repeating: 0, count: count)))
        == "input 'x2' is given shape \(sizes); expected [None, 2], items along the first axis: "
        + "reshape the array")
  }

  @Test func `numbers that an input cannot be given as they are, and texts, are refused`() {
    #expect(
      refusal(Self.floats("(1, 2)", [1, 0.5]), ["ids"])
        == "input 'ids' is given 0.5; expected numbers that its type uint8 has: convert the array")
    #expect(
      refusal(Self.array("<i4", "(1, 2)", [1, 0, 0, 0, 0, 1, 0, 0]), ["ids"])
        == "input 'ids' is given 256.0; expected numbers that its type uint8 has: convert the array"
    )
    #expect(
      refusal(Self.array("<i4", "(1, 2)", [1, 0, 0, 1, 0, 0, 0, 0]))
        == "input 'x2' is given 16777217.0; expected numbers that float32 has: convert the array")
    #expect(
      refusal(Self.array("|S1", "(1, 2)", Array("ab".utf8)))
        == "input 'x2' is given texts; expected numbers: convert the array")
  }
}
