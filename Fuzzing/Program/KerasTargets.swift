internal import ModelGraph

@testable internal import KerasFormat

/// Texts of Keras files.
enum KerasTargets {
  /// JSON: what is read and written again is read as the same.
  @Sendable static func parse(_ input: [UInt8]) throws {
    let value = try JSONParser.parse(input)
    let text = value.description
    let again = try JSONParser.parse(Array(text.utf8))
    // NaN is not equal to itself; its text is.
    hold(again.description == text, "JSON is written as '\(text)', and read as '\(again)'")
  }

  /// A model's configuration; the first byte is the digit of Keras's version.
  @Sendable static func interpret(_ input: [UInt8]) throws {
    guard let first = input.first else { return }
    let version = first == UInt8(ascii: "2") ? "2.15.0" : "3.15.1"
    let attributes = [
      attribute("model_config", Array(input.dropFirst())),
      attribute("keras_version", Array(version.utf8)),
      attribute("backend", Array("tensorflow".utf8)),
    ]
    let interpreter = KerasInterpreter(registry: .standard)
    guard let stated = try StatedModel(attributes: attributes) else { return }
    let graph = try interpreter.configuration(stated).graph
    _ = try graph.resolved()
    let difference = graph.difference(from: graph)
    hold(difference == nil, "a graph differs from itself: \(difference as Any)")
  }

  /// The words for types and storage in a source record.
  @Sendable static func readDatatype(_ input: [UInt8]) throws {
    let text = String(decoding: input, as: UTF8.self)
    if let storage = try? DatatypeText.storage(text) {
      let again = try DatatypeText.storage(DatatypeText.text(storage))
      hold(again == storage, "storage '\(text)' is written in other words")
    }
    let datatype = try DatatypeText.datatype(text)
    let again = try DatatypeText.datatype(DatatypeText.text(datatype))
    hold(again == datatype, "datatype '\(text)' is written in other words")
  }

  private static func attribute(_ name: String, _ text: [UInt8]) -> SourceRecord.Attribute {
    SourceRecord.Attribute(
      name: name, datatype: "string variable utf8 null-terminated",
      value: .init(dimensions: [], elements: .texts([text])))
  }
}
