import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

@Suite struct WeightBinderTests {
  /// The record of a real file, with some of its objects changed, and its shapes.
  private func interpret(
    _ fixture: String, shapes changed: [String: [Int]] = [:],
    _ change: (inout SourceRecord) -> Void = { _ in }
  ) throws -> KerasInterpreter.Interpretation {
    let model = try KerasReader().read(path: Repository.fixture(fixture)).model
    var record = try #require(model.source)
    change(&record)
    return try KerasInterpreter(registry: .standard).interpret(record) {
      guard case .tensor(let name) = $0.content else { return nil }
      return changed[name].map { Tensor(NDArray<Float>(repeating: 0, $0)) } ?? model.tensors[name]
    }
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func `every weight of a plain block is bound by name`() throws {
    let found = try interpret("block_batchnorm/keras3.h5")
    #expect(found.bindings.count == 10)
    #expect(found.bindings.allSatisfy { $0.method == .name })
    #expect(
      found.bindings.first { $0.tensor == "conv1/kernel" }?.dataset
        == "/model_weights/conv1/conv1/kernel")
    // Both convolutions have a kernel [3, 3, 4, 4]: only their names tell them apart.
    #expect(found.bindings.filter(\.isUnique).isEmpty)
  }

  @Test func `a missing weight is named with its layer and shape`() {
    let found = message {
      _ = try interpret("block_plain/keras3.h5") { record in
        record.remove("conv1/bias", from: "/model_weights/conv1")
        record.objects.removeAll { $0.path == "/model_weights/conv1/conv1/bias" }
      }
    }
    #expect(
      found
        == "layer 'conv1' (Conv2D): weight 'bias' of shape [4] is missing from '/model_weights/conv1'"
    )
  }

  @Test func `a weight that is listed but not there is named`() {
    let found = message {
      _ = try interpret("block_plain/keras3.h5") { record in
        record.objects.removeAll { $0.path == "/model_weights/conv1/conv1/bias" }
      }
    }
    #expect(
      found
        == "'/model_weights/conv1/conv1/bias' is missing, which 'weight_names' of "
        + "'/model_weights/conv1' names")
  }

  @Test func `a weight that no layer needs is named`() {
    let found = message {
      _ = try interpret("block_plain/keras3.h5") { record in
        guard var extra = record.objects.first(where: { $0.dataset != nil }) else { return }
        extra.path = "/model_weights/conv1/conv1/extra"
        record.objects.append(extra)
      }
    }
    #expect(
      found == "holds a weight that no layer needs: '/model_weights/conv1/conv1/extra'")
  }

  @Test func `a weight of another shape is refused by the model with both shapes`() throws {
    let path = Repository.fixture("block_plain/keras3.h5")
    let model = try KerasReader().read(path: path).model
    var tensors = model.tensors
    tensors["conv1/bias"] = Tensor(NDArray<Float>(repeating: 0, [5]))
    let found = message { _ = try Model(graph: model.graph, tensors: tensors) }
    #expect(found == "layer 'conv1' (Conv2D): weight 'bias' has shape [5]; expected [4]")
  }

  @Test func `a name scope that TensorFlow numbered is the layer's all the same`() throws {
    let found = try interpret("block_plain/keras3.h5") { record in
      record.rename("conv1/kernel", to: "conv1_3/kernel:0", in: "/model_weights/conv1")
      record.rename("conv1/bias", to: "conv1_3/bias:0", in: "/model_weights/conv1")
    }
    #expect(
      found.bindings.first { $0.tensor == "conv1/kernel" }?.dataset
        == "/model_weights/conv1/conv1_3/kernel:0")
  }

  @Test func `names that do not tell are bound by order, and shapes must agree`() throws {
    let rename = { (record: inout SourceRecord) in
      record.rename("conv1/kernel", to: "param_0", in: "/model_weights/conv1")
      record.rename("conv1/bias", to: "param_1", in: "/model_weights/conv1")
    }
    let found = try interpret("block_plain/keras3.h5", rename)
    let conv1 = found.bindings.filter { $0.layer == "conv1" }
    #expect(conv1.map(\.method) == [.order, .order])
    #expect(conv1.map(\.role) == ["kernel", "bias"])
    let swapped = message {
      _ = try interpret(
        "block_plain/keras3.h5", shapes: ["conv1/kernel": [4], "conv1/bias": [3, 3, 4, 4]], rename)
    }
    #expect(
      swapped
        == "layer 'conv1' (Conv2D): weight 'kernel' of shape [3, 3, 4, 4] is missing from "
        + "'/model_weights/conv1'")
  }

  @Test func `lists split over several attributes are read as one`() throws {
    let found = try interpret("block_plain/keras3.h5") { record in
      record.split("layer_names", of: "/model_weights", into: 3)
      record.split("weight_names", of: "/model_weights/conv1", into: 2)
    }
    #expect(found.bindings.count == 4)
  }

  @Test func `weights of parts are bound by the names of the parts, in whatever order they are`()
    throws
  {
    for (fixture, group) in [
      ("bidirectional/keras3.h5", "concat"), ("multi_head_attention/keras3.h5", "self"),
    ] {
      let path = "/model_weights/\(group)"
      let expected = try interpret(fixture).bindings.filter { $0.layer == group }
      #expect(expected.count > 5)
      #expect(expected.allSatisfy { $0.method == .name })
      let reversed = try interpret(fixture) { record in
        for index in record.objects.indices where record.objects[index].path == path {
          for place in record.objects[index].attributes.indices
          where record.objects[index].attributes[place].name == "weight_names" {
            guard
              case .texts(let names) = record.objects[index].attributes[place].value.elements
            else { continue }
            record.objects[index].attributes[place].value.elements = .texts(names.reversed())
          }
        }
      }.bindings.filter { $0.layer == group }
      #expect(
        Set(reversed.map { "\($0.role) \($0.dataset)" })
          == Set(expected.map { "\($0.role) \($0.dataset)" }))
    }
  }
}

extension SourceRecord {
  private mutating func change(
    _ list: String, of path: String, _ change: ([[UInt8]]) -> [(String, [[UInt8]])]
  ) {
    for index in objects.indices where objects[index].path == path {
      objects[index].attributes = objects[index].attributes.flatMap { attribute in
        guard attribute.name == list, case .texts(let texts) = attribute.value.elements else {
          return [attribute]
        }
        return change(texts).map { name, texts in
          Attribute(
            name: name, datatype: attribute.datatype,
            value: Value(dimensions: [texts.count], elements: .texts(texts)))
        }
      }
    }
  }

  fileprivate mutating func remove(_ name: String, from group: String) {
    change("weight_names", of: group) { texts in
      [("weight_names", texts.filter { $0 != Array(name.utf8) })]
    }
  }

  fileprivate mutating func rename(_ name: String, to new: String, in group: String) {
    change("weight_names", of: group) { texts in
      [("weight_names", texts.map { $0 == Array(name.utf8) ? Array(new.utf8) : $0 })]
    }
    for index in objects.indices where objects[index].path == group + "/" + name {
      objects[index].path = group + "/" + new
    }
  }

  fileprivate mutating func split(_ list: String, of path: String, into count: Int) {
    change(list, of: path) { texts in
      let size = (texts.count + count - 1) / count
      return (0..<count).map { part in
        (list + "\(part)", Array(texts[min(part * size, texts.count)...].prefix(size)))
      }
    }
  }

}
