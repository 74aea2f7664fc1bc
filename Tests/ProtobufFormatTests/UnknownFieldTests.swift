import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct UnknownFieldTests {
  private let folder: TemporaryFolder
  private let extra = Wire.text(99, "new") + Wire.number(98, 300) + Wire.fixed64(97, 5)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The file with fields added to the messages at a path of field numbers.
  private func adding(to path: [Int], in message: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for field in Wire.fields(message) {
      guard field.number == path.first else {
        result += message[field.start..<field.value.upperBound]
        continue
      }
      let value = Array(message[field.value])
      result += Wire.bytes(
        UInt64(field.number),
        path.count == 1 ? value + extra : adding(to: Array(path.dropFirst()), in: value))
    }
    return result
  }

  @Test(arguments: [
    [5], [5, 3], [5, 4], [6], [6, 2], [7], [7, 6], [9], [9, 5], [15],
  ])
  func `fields that this build does not know survive`(path: [Int]) throws {
    let known = try folder.written(Sample.complete())
    let bytes = adding(to: path, in: Wire.unsealed(known))
    let model = try folder.read(bytes)
    #expect(!model.unknownFields.isEmpty)
    #expect(Set(model.unknownFields.values) == [extra])
    let again = try folder.written(model)
    #expect(count(of: extra, in: again) == count(of: extra, in: bytes))
    try expectSame(model, folder.read(again, as: "again.pb"))
    #expect(Wire.payloads(again).allSatisfy { $0.range.lowerBound.isMultiple(of: 64) })
  }

  @Test func `unknown fields of the model itself survive`() throws {
    let known = try folder.written(Sample.complete())
    let model = try folder.read(Wire.unsealed(known) + extra)
    #expect(model.unknownFields == ["model": extra])
    let again = try folder.written(model)
    #expect(count(of: extra, in: again) == 1)
    #expect(Wire.fields(again).last?.number == 15)
    try expectSame(model, folder.read(again, as: "again.pb"))
  }

  @Test func `a field that would be lost is refused`() throws {
    let known = Wire.unsealed(try folder.written(Sample.complete()))
    #expect(
      try folder.refusal(adding(to: [5, 3, 5], in: known))
        == "field 99 of a Parameter is not one that this build knows")
    #expect(
      try folder.refusal(adding(to: [5, 3, 6, 1], in: known))
        == "field 99 of a Attribute is not one that this build knows")
  }

  @Test func `unknown fields that are not fields are not written`() throws {
    var model = try Sample.small()
    model.unknownFields = ["graphs/0": [0x0a, 5, 1]]
    #expect(throws: ProtobufFormatError.malformedUnknownFields(key: "graphs/0")) {
      try ProtobufWriter().plan(model, fileName: "model.pb")
    }
  }

  private func count(of pattern: [UInt8], in bytes: [UInt8]) -> Int {
    bytes.indices.count { bytes[$0...].starts(with: pattern) }
  }
}
