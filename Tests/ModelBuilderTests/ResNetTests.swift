import ModelBuilder
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// The residual networks of the papers and of keras.applications.
@Suite struct ResNetTests {
  /// One line of a list that real Keras wrote: name, class, output shape, parameters.
  private func lines(_ model: Model) throws -> [String] {
    var shapes: [String: Shape] = [:]
    for call in try model.graph.resolved().calls {
      shapes[call.layer.name] = shapes[call.layer.name] ?? call.outputs[0]
    }
    return model.graph.layers.values.map { layer in
      let count = layer.parameters.values.reduce(0) { $0 + (model.tensors[$1]?.elementCount ?? 0) }
      let sizes = (shapes[layer.name]?.dimensions ?? []).map { $0.map(String.init) ?? "None" }
      return "\(layer.name)\t\(layer.kind)\t(\(sizes.joined(separator: ", ")))\t\(count)"
    }
  }

  @Test(arguments: [50, 101, 152], ResNetVersion.allCases)
  func `deep networks have the layers of keras.applications, in the same order`(
    depth: Int, version: ResNetVersion
  ) throws {
    let name = "ResNet\(depth)" + (version == .v2 ? "V2" : "")
    let text = try String(
      decoding: bytes(ofFile: Repository.fixture("applications/\(name).txt")),
      as: UTF8.self)
    let expected = text.split(separator: "\n").map(String.init)
    let found = try lines(ResNet(depth: depth, version: version))
    #expect(found.count == expected.count)
    for (mine, keras) in zip(found, expected) { #expect(mine == keras) }
  }

  @Test func `ResNet50 has 25,636,712 parameters`() throws {
    #expect(try ResNet(depth: 50).parameterCount == 25_636_712)
  }

  // The numbers of torchvision's resnet18 and resnet34, which have the papers' layers, and of
  // the papers' networks for CIFAR-10 with projections.
  @Test(arguments: [
    (18, 11_689_512), (34, 21_797_672), (20, 272_474), (56, 855_770), (110, 1_730_714),
  ])
  func `shallow networks have the papers' numbers of weights`(depth: Int, count: Int) throws {
    let classes = depth == 18 || depth == 34 ? 1000 : 10
    #expect(try ResNet(depth: depth, classes: classes).trainableParameterCount == count)
  }

  @Test(arguments: [18, 20, 34, 56, 110]) func `version 2 ends with its last activation`(
    depth: Int
  ) throws {
    let model = try ResNet(depth: depth, version: .v2, classes: nil)
    #expect(model.graph.outputs == [TensorReference("post_relu")])
  }

  @Test func `sizes may be unknown`() throws {
    let model = try ResNet(depth: 18, inputShape: [nil, nil, 3], classes: nil)
    #expect(try model.graph.outputShapes(for: [[2, 64, 96, 3]]) == [[2, 2, 3, 512]])
  }

  @Test func `another depth is refused`() {
    let line: UInt = #line + 2
    do {
      _ = try ResNet(depth: 42)
      Issue.record("no error")
    } catch {
      #expect(
        "\(error)" == "ModelBuilderTests/ResNetTests.swift:\(line): attribute 'depth' is 42; "
          + "expected one of 18, 20, 34, 50, 56, 101, 110, 152")
    }
  }
}
