import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

/// Operations in composed files, against what Keras 3 wrote of the same.
@Suite struct WrittenOperationTests {
  private static let fixtures = Fixture.valid.filter {
    $0.name.hasPrefix("ops_") && $0.file.hasSuffix("keras3.h5")
  }

  /// The entries of a model's layers by their names.
  private func entries(_ model: Model) throws -> [String: JSONValue] {
    let attribute = try #require(
      model.source?.objects.first?.attributes.first { $0.name == "model_config" })
    guard case .texts(let texts) = attribute.value.elements, let text = texts.first else {
      Issue.record("no configuration")
      return [:]
    }
    let layers = try JSONParser.parse(text)["config"]?["layers"]?.array ?? []
    return Dictionary(uniqueKeysWithValues: layers.map { ($0["name"]?.string ?? "", $0) })
  }

  /// What a call is given, without the descriptions of its tensors.
  private func outline(_ value: JSONValue) -> String {
    switch value {
    case .array(let list): "[" + list.map(outline).joined(separator: ", ") + "]"
    case .object(let members):
      switch members["class_name"]?.string {
      case "__keras_tensor__": "tensor \(value["config"]?["keras_history"] ?? .null)"
      case "__tensor__", "__numpy__": numbers(value["config"]?["value"] ?? .null)
      default:
        "{"
          + members.map { "\($0.key): \(outline($0.value))" }.joined(separator: ", ") + "}"
      }
    case .int, .double: numbers(value)
    default: "\(value)"
    }
  }

  /// Numbers, whatever their type.
  private func numbers(_ value: JSONValue) -> String {
    guard let list = value.array else { return "\(value.double.map(Float.init) ?? .nan)" }
    return "[" + list.map(numbers).joined(separator: ", ") + "]"
  }

  @Test(arguments: fixtures)
  func `a call is given what Keras gives it, by position and by name`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let theirs = try entries(model)
    let ours = try entries(
      try Model(graph: model.graph, tensors: model.tensors).composingKerasFile().model)
    var count = 0
    for layer in model.graph.layers.values where layer.kind.hasPrefix(Operation.prefix) {
      let (mine, other) = try (#require(ours[layer.name]), #require(theirs[layer.name]))
      #expect(mine["class_name"] == other["class_name"])
      #expect(
        outline(mine["inbound_nodes"] ?? .null) == outline(other["inbound_nodes"] ?? .null),
        "\(layer.name)")
      count += 1
    }
    #expect(count > 0)
  }

  /// The types of the tensors in a call.
  private func types(_ value: JSONValue) -> [String] {
    switch value {
    case .array(let list): list.flatMap(types)
    case .object(let members):
      members["class_name"] == "__keras_tensor__"
        ? [value["config"]?["dtype"]?.string ?? ""] : members.values.flatMap(types)
    default: []
    }
  }

  @Test(arguments: fixtures)
  func `tensors have the types in calls that Keras gives them`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let theirs = try entries(model)
    let ours = try entries(
      try Model(graph: model.graph, tensors: model.tensors).composingKerasFile().model)
    for layer in model.graph.layers.values where layer.kind.hasPrefix(Operation.prefix) {
      let (mine, other) = try (#require(ours[layer.name]), #require(theirs[layer.name]))
      let (found, expected) = (
        types(mine["inbound_nodes"] ?? .null), types(other["inbound_nodes"] ?? .null)
      )
      #expect(found == expected, "\(layer.name)")
    }
  }

  /// Settings of Keras that are none of ours, since they change nothing or are refused.
  private static let without: Set = ["initial", "dtype"]

  @Test(arguments: fixtures)
  func `a constructor is given what Keras gives it`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let theirs = try entries(model)
    let ours = try entries(
      try Model(graph: model.graph, tensors: model.tensors).composingKerasFile().model)
    for layer in model.graph.layers.values where layer.kind.hasPrefix(Operation.prefix) {
      let (mine, other) = try (#require(ours[layer.name]), #require(theirs[layer.name]))
      let found = mine["config"]?.object ?? [:]
      for (key, value) in other["config"]?.object ?? [:] where !Self.without.contains(key) {
        // What is null is the default, which is ours too.
        guard let setting = found[key] else {
          Issue.record("\(layer.name) has no '\(key)'")
          continue
        }
        if value != .null { #expect(outline(setting) == outline(value), "\(layer.name) \(key)") }
      }
    }
  }
}
