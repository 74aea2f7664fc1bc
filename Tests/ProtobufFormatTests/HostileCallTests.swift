import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct HostileCallTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A model `i → a`, an addition that is given an argument of these items.
  private static func model(
    _ items: [[UInt8]], name: String = "inputs", after others: [UInt8] = []
  ) -> [UInt8] {
    let shape = Wire.text(1, "batch_shape") + Wire.bytes(6, Wire.bytes(1, [1, 6]))
    let graph: [[UInt8]] = [
      Wire.text(1, "g"), Wire.number(2, 2),
      Wire.bytes(
        3,
        Wire.text(1, "i") + Wire.text(2, "InputLayer") + Wire.number(4, 12)
          + Wire.bytes(6, Wire.bytes(1, shape))),
      Wire.bytes(
        3, Wire.text(1, "a") + Wire.text(2, "Add") + Wire.number(4, 12) + Wire.bytes(6, [])),
      Wire.bytes(4, Wire.text(1, "i")),
      Wire.bytes(4, Wire.text(1, "a") + others + argument(name, items)),
      Wire.bytes(5, Wire.text(1, "i")), Wire.bytes(6, Wire.text(1, "a")),
    ]
    return Wire.text(1, "residual.v1") + Wire.number(2, 1) + Wire.bytes(5, Array(graph.joined()))
  }

  private static func argument(_ name: String, _ items: [[UInt8]]) -> [UInt8] {
    Wire.bytes(3, Wire.text(1, name) + items.flatMap { Wire.bytes(2, $0) })
  }

  private static let tensor = Wire.bytes(1, Wire.text(1, "i"))

  private static func list(_ count: UInt64) -> [UInt8] { Wire.number(3, count) }

  private static func constant(
    dtype: UInt64 = 12, shape: [UInt64] = [1, 3], data: [UInt8] = Array(repeating: 0, count: 12)
  ) -> [UInt8] {
    Wire.bytes(
      2,
      Wire.number(1, dtype) + Wire.bytes(2, shape.flatMap(Wire.varint)) + Wire.bytes(3, data))
  }

  @Test func `tensors, constants and numbers are read`() throws {
    let items = [Self.list(3), Self.tensor, Self.constant(), Wire.number(6, 4)]
    let call = try folder.read(Self.model(items)).graph.calls[1]
    #expect(
      call.arguments == [
        "inputs": .list([
          .tensor(TensorReference("i")), .constant(try Constant([0, 0, 0], dimensions: [1, 3])),
          .setting(.int(2)),
        ])
      ])
  }

  private static let owner = "argument 'inputs' of call 0 of 'a'"

  private static let impossible: [Refusal] = [
    Refusal(model([]), "\(owner) has no items"),
    Refusal(model([[]]), "\(owner) has no value"),
    Refusal(model([Wire.number(4, 0)]), "\(owner): none is false; expected true"),
    Refusal(model([tensor, tensor]), "\(owner): items is 2 values; expected 1"),
    Refusal(model([list(2), tensor]), "\(owner): list is 2; expected at most 1"),
    Refusal(model([list(4_000_000_000)]), "\(owner): list is 4000000000; expected at most 0"),
    Refusal(
      model(Array(repeating: list(1), count: 100_000) + [tensor]),
      "has more than 8 lists in lists among arguments"
    ),
    Refusal(
      model([list(100_000)] + Array(repeating: tensor, count: 100_000)),
      "layer 'a' (Add): is called with 100000 arguments; at most 65536 are read"
    ),
    Refusal(
      model([tensor], after: argument("inputs", [tensor])),
      "call 0 of 'a' has two arguments named 'inputs'"
    ),
    Refusal(
      model([tensor], name: "scale"),
      "layer 'a' (Add): is called with scale=i:0:0, which is not an argument that it takes"
    ),
    Refusal(
      model([Wire.number(5, 1)], name: "training", after: argument("inputs", [tensor])),
      "layer 'a' (Add): is called with training=true, which is not an argument that it takes"
    ),
    Refusal(
      model([list(2), tensor, Wire.text(8, "x")]),
      "layer 'a' (Add): is called with inputs='x'; expected a tensor or a number"
    ),
    Refusal(
      model([list(2), tensor, Wire.fixed64(7, Double.nan.bitPattern)]),
      "layer 'a' (Add): a constant has an element that is not a number (NaN)"
    ),
    Refusal(model([constant(dtype: 0)]), "\(owner): dtype is 0; expected 1 to 13"),
    Refusal(
      model([constant(shape: [2, 3])]),
      "\(owner): a float32 tensor of shape [2, 3] cannot have 12 bytes"
    ),
    Refusal(
      model([constant(shape: [1 << 20, 1 << 20])]),
      "\(owner): a constant of shape [1048576, 1048576] has more than 1048576 elements"
    ),
    Refusal(
      model([constant(shape: [0, 1 << 40, 1 << 40], data: [])]),
      "\(owner): a constant of shape [0, 1099511627776, 1099511627776] has more than 1048576 elements"
    ),
    Refusal(
      model([constant(shape: [1], data: [0, 0, 0xc0, 0x7f])]),
      "\(owner): a constant has an element that is not a number (NaN)"
    ),
  ]

  @Test(arguments: impossible)
  func `arguments that cannot be are refused`(refusal: Refusal) throws {
    #expect(try folder.refusal(refusal.bytes) == refusal.sentence)
  }
}
