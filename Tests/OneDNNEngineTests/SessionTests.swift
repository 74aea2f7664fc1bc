#if OneDNN

import ModelBuilder
import OrderedCollections
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Running models.
@Suite struct SessionTests: EngineTrial {
  @Test(arguments: [1, 2, 3, 5], [1, 2, 3])
  func `a batch of any size runs on any number of threads`(batch: Int, threads: Int) throws {
    let model = try ResNet(depth: 20)
    let shape = [batch] + model.graph.inputShapes[0].dimensions.dropFirst().map { $0 ?? 32 }
    #expect(try difference(model, [noise(shape)], threads: threads) < 1e-5)
  }

  @Test func `items are run together where weights are far larger than what they make`() throws {
    func split(_ model: Model, batch: Int, threads: Int) throws -> BatchSplit {
      let shapes = model.graph.inputShapes.map { [1] + $0.dimensions.dropFirst().map { $0 ?? 1 } }
      let item = Fusion.fused(try Lowering.lower(model, inputs: shapes))
      return BatchSplit.groups(of: batch, item, threadCount: threads)
    }
    let row = Input(shape: [256], name: "row")
    let heavy = try Model(inputs: row, outputs: Dense(64)(Dense(256, activation: .relu)(row)))
    #expect(try split(heavy, batch: 8, threads: 1) == BatchSplit(groupSize: 4, groupCount: 2))
    #expect(try split(heavy, batch: 8, threads: 4) == BatchSplit(groupSize: 2, groupCount: 4))
    #expect(try split(heavy, batch: 6, threads: 1) == BatchSplit(groupSize: 3, groupCount: 2))
    #expect(try split(heavy, batch: 7, threads: 1) == BatchSplit(groupSize: 1, groupCount: 7))
    #expect(try split(heavy, batch: 2, threads: 4) == BatchSplit(groupSize: 1, groupCount: 2))
    for threads in [1, 2, 3] {
      #expect(try difference(heavy, [noise([12, 256])], threads: threads) < 1e-4)
    }
    let image = Input(shape: [64, 64, 8], name: "image")
    let light = try Model(inputs: image, outputs: Conv2D(8, kernelSize: (3, 3))(image))
    #expect(try split(light, batch: 8, threads: 1) == BatchSplit(groupSize: 1, groupCount: 8))
  }

  @Test func `dense blocks are joined where they are made`() throws {
    let image = Input(shape: [14, 14, 16], name: "image")
    var x = Conv2D(32, kernelSize: (1, 1), activation: .relu)(image)
    for _ in 0..<4 {
      var branch = BatchNormalization()(x)
      branch = ReLU()(branch)
      branch = Conv2D(16, kernelSize: (3, 3), padding: .same)(branch)
      x = Concatenate()(x, branch)
    }
    let model = try Model(inputs: image, outputs: x)
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: [[1, 14, 14, 16]]))
    let program = try Compiler.compile(lowered, constants: ConstantPool())
    #expect(!program.steps.contains { $0.name.contains("concat") || $0.name.contains("simple") })
    #expect(try difference(model, [noise([1, 14, 14, 16])], threads: 1) < 1e-5)
    #expect(try difference(model, [noise([3, 14, 14, 16])], threads: 2) < 1e-5)
  }

  @Test func `spatial sizes may change between runs, and each is compiled once`() throws {
    let image = Input(shape: [nil, nil, 3], name: "image")
    var x = Conv2D(16, kernelSize: (3, 3), padding: .same, activation: .relu)(image)
    x = GlobalAveragePooling2D()(x)
    let model = try Model(inputs: image, outputs: Dense(4)(x))
    let session = try OneDNNEngine(threads: 1).session(for: model)
    for size in [8, 12, 8, 5] {
      let input = noise([2, size, size, 3])
      let found = try session.run(["image": Tensor(input)])
      #expect(found[0].dimensions == [2, 4])
      #expect(try difference(model, [input], threads: 1) < 1e-5)
    }
    #expect((session as? OneDNNSession)?.compiledCount == 3)
  }

  @Test func `a model that is run often moves to large pages and makes the same`() throws {
    let row = Input(shape: [1024], name: "row")
    let model = try Model(inputs: row, outputs: Dense(1024)(row))
    let session = try OneDNNEngine(threads: 1).session(for: model)
    let fed: OrderedDictionary = ["row": Tensor(noise([1, 1024]))]
    let first = try session.run(fed)[0].array(Float.self)
    for _ in 0..<4 { #expect(try session.run(fed)[0].array(Float.self).elements == first.elements) }
  }

  @Test func `the shapes that were used last stay compiled`() throws {
    let image = Input(shape: [nil, 3], name: "image")
    let model = try Model(inputs: image, outputs: ReLU()(image))
    let session = try OneDNNEngine(threads: 1).session(for: model)
    for length in 1...40 {
      _ = try session.run(["image": Tensor(noise([1, length, 3]))])
    }
    #expect((session as? OneDNNSession)?.compiledCount == 16)
  }

  @Test func `tensors of more axes than oneDNN knows are left to the definition`() throws {
    let row = Input(shape: [8], name: "row")
    var x = Reshape([1, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1])(Dense(8)(row))
    x = Activation(.tanh, name: "axes")(x)
    let wide = ReLU()(x)
    x = Dense(3)(Flatten()(Add()(x, wide)))
    let model = try Model(inputs: [row], outputs: [x, wide])
    #expect(try difference(model, [noise([2, 8])], threads: 1) < 1e-6)
    #expect(try difference(model, [noise([1, 8])], threads: 2) < 1e-6)
  }

  @Test(arguments: [20, 64, 320])
  func `a function of a sum is right in blocks of channels`(_ channels: Int) throws {
    let image = Input(shape: [9, 9, 20], name: "image")
    let shortcut = Conv2D(channels, kernelSize: (1, 1), activation: .relu)(image)
    let branch = Conv2D(channels, kernelSize: (3, 3), padding: .same)(shortcut)
    let sums: [SymbolicTensor] = [
      CustomScaleLayer(0.17)([shortcut, branch]),
      Add()(
        Conv2D(channels, kernelSize: (3, 3), padding: .same, activation: .tanh)(shortcut), shortcut),
    ]
    // Each sum is read once: a function that others share is not part of what is before it.
    let made = sums.map { ReLU()($0) }
    let heads = made.map { Conv2D(8, kernelSize: (1, 1))($0) }
    let model = try Model(inputs: [image], outputs: heads + made)
    for batch in 1...2 {
      #expect(try difference(model, [noise([batch, 9, 9, 20])], threads: 2) < 1e-5)
    }
  }

  @Test func `no number of threads is too large to ask for`() throws {
    let row = Input(shape: [8], name: "row")
    let model = try Model(inputs: row, outputs: Dense(4, activation: .softmax)(row))
    #expect(try difference(model, [noise([2, 8])], threads: .max) < 1e-6)
    let reference = ReferenceEngine(Float.self, threads: .max)
    let found = try reference.session(for: model).run(["row": Tensor(noise([2, 8]))])
    #expect(found[0].dimensions == [2, 4])
  }

  @Test func `items that meet in a layer are run together`() throws {
    let one = Input(shape: [4], name: "one")
    let joined = Concatenate(axis: 0)(one, ReLU()(one))
    let model = try Model(inputs: one, outputs: joined)
    let resolution = try model.graph.resolved()
    #expect(!resolution.separatesItems(of: resolution.outputs))
    #expect(try difference(model, [noise([3, 4])], threads: 2) == 0)
  }

  @Test func `the planned memory is close to what is in use at once`() throws {
    let model = try ResNet(depth: 50)
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: [[1, 224, 224, 3]]))
    let plan = try Compiler.compile(lowered, constants: ConstantPool()).plan
    #expect(Double(plan.byteCount) <= 1.1 * Double(plan.largestLiveByteCount))
    // Two images of 112 × 112 × 64 and some more; all tensors together are ten times that.
    #expect(plan.byteCount < 10 << 20)
  }

  @Test func `a profile accounts for every call and for the whole time`() throws {
    let model = try ResNet(depth: 20)
    let input = noise([2] + model.graph.inputShapes[0].dimensions.dropFirst().map { $0 ?? 32 })
    let session = try OneDNNEngine(threads: 1).session(for: model)
    let profile = try session.profile([model.graph.inputs[0].layer: Tensor(input)], runs: 3)
    let named = Set(profile.steps.flatMap(\.calls).map(\.description))
    let expected = model.graph.calls.filter { model.graph.layers[$0.layer]?.isInput == false }
    #expect(expected.allSatisfy { named.contains($0.name) })
    #expect(profile.steps.allSatisfy { $0.seconds >= 0 } && profile.seconds > 0)
    let reference = try ReferenceEngine(Float.self).session(for: model)
      .profile([model.graph.inputs[0].layer: Tensor(input)], runs: 1)
    // Both count the same sums of products; what the engine folds away counts less.
    let counted: Int = profile.steps.map(\.operations).reduce(0, +)
    let convolutions: Int = reference.steps.map(\.operations).filter { $0 > 100_000 }.reduce(0, +)
    #expect(counted > convolutions / 10 * 9 && counted < convolutions * 2)
  }

  @Test func `an integer that is not exact is an error that names the layer`() throws {
    let x = Input(shape: [2], dtype: .int32, name: "x")
    let model = try Model(inputs: x, outputs: x * x)
    let session = try OneDNNEngine(threads: 1).session(for: model)
    let made = try session.run(["x": Tensor(NDArray<Float>([1, 2], [-3, 4095]))])
    #expect(try made[0].array(Float.self).elements == [9, 16_769_025])
    #expect {
      try session.run(["x": Tensor(NDArray<Float>([1, 2], [-3, 4096]))])
    } throws: {
      "\($0)"
        == "layer 'multiply' comes upon 16777216.0 on the way to int32; expected an integer from -16777215 to "
        + "16777215, which are computed exactly"
    }
  }

  @Test func `a shape that the graph cannot take is one sentence`() throws {
    let image = Input(shape: [nil, nil, 3], name: "image")
    let x = Conv2D(4, kernelSize: (5, 5), name: "conv")(image)
    let model = try Model(inputs: image, outputs: x)
    let session = try OneDNNEngine(threads: 1).session(for: model)
    #expect {
      try session.run(["image": Tensor(noise([1, 3, 8, 3]))])
    } throws: {
      "\($0)"
        == "layer 'conv' (Conv2D): input of shape [1, 3, 8, 3] is too small along axis 1: "
        + "the output would be empty"
    }
    #expect {
      try session.run(["image": Tensor(noise([1, 8, 8, 4]))])
    } throws: {
      "\($0)" == "input 'image' has shape [1, 8, 8, 4]; expected [None, None, None, 3]"
    }
  }
}

#endif
