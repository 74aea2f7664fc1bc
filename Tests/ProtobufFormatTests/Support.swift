import Foundation
import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

extension TemporaryFolder {
  /// Writes bytes as a model's file.
  func put(_ bytes: [UInt8], _ name: String = "model.pb") throws -> String {
    try write(bytes, to: name)
  }

  /// The bytes of a file.
  func bytes(_ name: String = "model.pb") throws -> [UInt8] {
    try TestSupport.bytes(ofFile: file(name))
  }

  /// The bytes that a model is written as.
  func written(_ model: Model) throws -> [UInt8] {
    try ProtobufWriter().write(model, to: file("written.pb"))
    return try bytes("written.pb")
  }

  /// The model that bytes are read as.
  ///
  /// The model is mapped: the file of a model that is still used must not be written again.
  func read(
    _ bytes: [UInt8], as name: String = "model.pb", limits: ProtobufLimits = ProtobufLimits()
  ) throws -> Model {
    try ProtobufReader(registry: Sample.registry, limits: limits).read(path: put(bytes, name))
  }

  /// The sentence that reading bytes ends with, without the path.
  func refusal(_ bytes: [UInt8], limits: ProtobufLimits = ProtobufLimits()) throws -> String {
    let path = file("model.pb")
    do {
      let model = try read(bytes, limits: limits)
      try useTensors(of: model)
      return "is read"
    } catch {
      let sentence = "\(error)"
      return sentence.hasPrefix(path + ": ")
        ? String(sentence.dropFirst(path.count + 2)) : "(not in the file) " + sentence
    }
  }
}

/// Bytes, and the sentence that reading them must end with.
struct Refusal: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let sentence: String

  var testDescription: String { sentence }

  init(_ bytes: [UInt8], _ sentence: String) {
    self.bytes = bytes
    self.sentence = sentence
  }
}

/// Reads every byte of every tensor.
func useTensors(of model: Model) throws {
  for tensor in allTensors(of: model) {
    try tensor.bytes.withBytes { _ = $0.byteCount }
  }
}

/// Every tensor, those of goldens included.
func allTensors(of model: Model) -> [Tensor] {
  let goldens = model.goldens.flatMap(\.cases).flatMap {
    Array($0.inputs.values) + Array($0.outputs.values) + Array($0.calls.values)
  }
  return Array(model.tensors.values) + goldens
}

/// The text of a graph, everything that it holds included.
func dump(_ graph: Graph, _ indent: String = "") -> String {
  var text = "\(indent)\(graph.name) \(graph.form) \(graph.inputs) \(graph.outputs)\n"
  for layer in graph.layers.values {
    text += "\(indent) \(layer.name) \(layer.kind) \(layer.parameters) \(layer.isTrainable)"
    text += " \(layer.computeType)"
    switch layer.body {
    case .layer(let inner): text += " \(inner.attributes.values)\n"
    case .graph(let inner): text += "\n" + dump(inner, indent + "  ")
    case .unsupported(let inner): text += " \(inner.path) \(inner.reason) \(inner.configuration)\n"
    }
  }
  return text + graph.calls.map { "\(indent) \($0)\n" }.joined()
}

/// Expects two models to be the same in everything.
func expectSame(_ left: Model, _ right: Model) throws {
  #expect(dump(left.graph) == dump(right.graph))
  #expect(left.provenance == right.provenance)
  #expect(left.source == right.source)
  #expect(left.unknownFields == right.unknownFields)
  #expect(Array(left.tensors.keys) == Array(right.tensors.keys))
  for (name, tensor) in left.tensors {
    let other = try #require(right.tensors[name])
    #expect(try tensor.isIdentical(to: other), "\(name)")
  }
  #expect(left.goldens.count == right.goldens.count)
  for (left, right) in zip(left.goldens, right.goldens) { try expectSame(left, right) }
}

private func expectSame(_ left: Golden, _ right: Golden) throws {
  #expect(left.producer == right.producer)
  #expect(left.producerVersion == right.producerVersion)
  #expect(left.backend == right.backend)
  #expect(left.seed == right.seed)
  #expect(left.notes == right.notes)
  #expect(left.weightDigests == right.weightDigests)
  #expect(left.cases.map(\.name) == right.cases.map(\.name))
  #expect(left.cases.map(\.description) == right.cases.map(\.description))
  for (left, right) in zip(left.cases, right.cases) {
    for (left, right) in [
      (left.inputs, right.inputs), (left.outputs, right.outputs), (left.calls, right.calls),
    ] {
      #expect(Array(left.keys) == Array(right.keys))
      for (left, right) in zip(left.values, right.values) {
        #expect(try left.isIdentical(to: right))
      }
    }
  }
}

// MARK: - Bytes

/// The smallest writer and reader of protobuf fields that tests can do with; it shares
/// nothing with the module's.
enum Wire {
  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }

  static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] {
    varint(field << 3) + varint(value)
  }

  static func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(value.count)) + value
  }

  static func text(_ field: UInt64, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }

  static func fixed64(_ field: UInt64, _ value: UInt64) -> [UInt8] {
    varint(field << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The fields of a message: number, start of the field, range of the value.
  static func fields(
    _ bytes: [UInt8], _ range: Range<Int>? = nil
  ) -> [(number: Int, start: Int, value: Range<Int>)] {
    var fields: [(number: Int, start: Int, value: Range<Int>)] = []
    var position = range?.lowerBound ?? 0
    func next() -> Int {
      var value = 0
      var shift = 0
      while true {
        let byte = Int(bytes[position])
        position += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
    }
    while position < range?.upperBound ?? bytes.count {
      let start = position
      let tag = next()
      var first = position
      switch tag & 7 {
      case 0: _ = next()
      case 1: position += 8
      case 5: position += 4
      default:
        let count = next()
        first = position
        position += count
      }
      fields.append((tag >> 3, start, first..<position))
    }
    return fields
  }

  /// Where each tensor's payload is in a file, by name.
  static func payloads(_ file: [UInt8]) -> [(name: String, range: Range<Int>)] {
    fields(file).filter { $0.number == 15 }.map { tensor in
      let inner = fields(file, tensor.value)
      let name = inner.first { $0.number == 1 }.map {
        String(decoding: file[$0.value], as: UTF8.self)
      }
      return (name ?? "", inner.first { $0.number == 15 }?.value ?? 0..<0)
    }
  }

  /// The file without its size and the checksum of its header, so that it can be changed.
  static func unsealed(_ file: [UInt8]) -> [UInt8] {
    fields(file).filter { ![3, 4].contains($0.number) }
      .flatMap { file[$0.start..<$0.value.upperBound] }
  }
}
