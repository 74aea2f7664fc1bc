import ModelGraph
import OrderedCollections
import TestSupport
import Testing

@testable import KerasFormat
@testable import ModelLayers

/// Files of Keras 1, whose words are translated and whose weights are kept as they are.
@Suite struct Keras1Tests {
  /// What is said of a file whose configuration, names of weights or version are others.
  private func answer(
    _ fixture: String, version: String? = nil, names: (String) -> String = { $0 },
    words: (String) -> String = { $0 }
  ) throws -> String {
    let model = try KerasReader().read(path: Repository.fixture("keras1/\(fixture).h5")).model
    var record = try #require(model.source)
    for index in record.objects.indices {
      for place in record.objects[index].attributes.indices {
        let attribute = record.objects[index].attributes[place]
        guard case .texts(let bytes) = attribute.value.elements else { continue }
        let texts = bytes.map { String(decoding: $0, as: UTF8.self) }
        let changed: [String]
        switch attribute.name {
        case "model_config": changed = texts.map(words)
        case "keras_version": changed = texts.map { version ?? $0 }
        case "weight_names": changed = texts.map(names)
        default: continue
        }
        record.objects[index].attributes[place].value.elements = .texts(
          changed.map { Array($0.utf8) })
      }
      if let name = record.objects[index].path.split(separator: "/").last.map(String.init),
        record.objects[index].dataset != nil
      {
        let path = record.objects[index].path
        record.objects[index].path = path.dropLast(name.count) + names(name)
      }
    }
    do {
      _ = try KerasInterpreter(registry: .standard).interpret(record) {
        guard case .tensor(let name) = $0.content else { return nil }
        return model.tensors[name]
      }
      return "is read"
    } catch {
      return "\(error)"
    }
  }

  private func attributes(_ fixture: String, _ layer: String) throws -> Attributes {
    let model = try KerasReader().read(path: Repository.fixture("keras1/\(fixture).h5")).model
    guard case .layer(let found)? = model.graph.layers[layer]?.body else {
      Issue.record("no layer '\(layer)'")
      return Attributes()
    }
    return found.attributes
  }

  @Test func `the backend is told by the names of weights`() throws {
    for (fixture, backend) in [("residual", "tensorflow"), ("theano_first", "theano")] {
      let model = try KerasReader().read(path: Repository.fixture("keras1/\(fixture).h5")).model
      #expect(model.provenance.backend == backend)
      #expect(model.provenance.producerVersion == "1.2.2")
    }
    let mixed = try answer(
      "theano_first", names: { $0.replacing("dense_1_W", with: "dense_1_W:0") })
    #expect(
      mixed
        == "configuration has 1 of 10 that do for 'weight_names'; expected names that all end in ':0', or "
        + "none, which tells the backend")
  }

  @Test func `kernels stay as they are, and it is said how that is`() throws {
    #expect(try attributes("residual", "conv1")["kernel_layout"] == nil)
    let first = try attributes("theano_first", "convolution2d_1")
    #expect(first["kernel_layout"] == .string("filters_first"))
    #expect(first["flips_kernel"] == .bool(true))
    #expect(try attributes("channels_first", "convolution2d_1")["flips_kernel"] == nil)
    let line = try attributes("ranks", "convolution1d_1")
    #expect(line["kernel_layout"] == .string("planar_filters_last"))
    #expect(try attributes("recurrent", "lstm_1")["splits_gates"] == .bool(true))
    #expect(try attributes("recurrent", "lstm_2")["splits_gates"] == nil)
  }

  @Test func `where channels are is what the other layers say, or not known`() throws {
    #expect(
      try attributes("residual", "zeropadding2d_1")["data_format"] == .string("channels_last"))
    let found = try answer(
      "residual",
      words: { $0.replacing(#""dim_ordering": "tf""#, with: #""dim_ordering": "default""#) })
    #expect(found.hasPrefix("layer 'zeropadding2d_1' (ZeroPadding2D): configuration has 'default'"))
    let both = try answer(
      "residual",
      words: {
        $0.replacing(#""dim_ordering": "tf""#, with: #""dim_ordering": "th""#, maxReplacements: 1)
      })
    #expect(
      both
        == "layer 'zeropadding2d_1' (ZeroPadding2D): configuration has nothing for 'dim_ordering'; expected "
        + "'tf' or 'th', which otherwise depends on keras.json of the machine that wrote the file")
  }

  @Test func `what is shared is told by the shapes of weights`() throws {
    #expect(try attributes("gone", "prelu_1")["shared_axes"] == .ints([1]))
    #expect(try attributes("gone", "srelu_2")["shared_axes"] == .ints([]))
  }

  @Test func `what is not understood is refused by name`() throws {
    for (fixture, old, new, expected) in [
      (
        "residual", #""bias": false"#, #""groups": 2"#,
        "layer 'res2a_branch2a' (Convolution2D): configuration has 'groups': 2, which this version does not "
          + "know"
      ),
      (
        "residual", #""class_name": "Dropout""#, #""class_name": "Mystery""#,
        "layer 'dropout_1' (Mystery): configuration has 'Mystery' for 'class_name'; expected a class of "
          + "Keras 1 that is read"
      ),
      (
        "residual", #""activation": "tanh""#, #""activation": "swish""#,
        "layer 'res2a_branch2b' (Convolution2D): configuration has 'swish' for 'activation'; expected a "
          + "function of Keras 1: 'hard_sigmoid', 'linear', 'relu', 'sigmoid', 'softmax', 'softplus', "
          + "'softsign', 'tanh'"
      ),
      (
        "residual", #""mode": 0"#, #""mode": 2"#,
        "layer 'bn_conv1' (BatchNormalization): configuration has 2 for 'mode'; expected 0 or 1; 2 normalizes "
          + "each batch by itself, so that an item's result depends on the others"
      ),
      (
        "merges", #""mode": "max""#, #""mode": "lambda""#,
        "layer 'merge_4' (Merge): configuration has \"lambda\" for 'mode'; expected 'sum', 'mul', 'ave', 'max', "
          + "'concat', 'dot' or 'cos'; Python code is never run"
      ),
      (
        "sequential", "22, 22, 3", "21, 22, 3",
        "layer 'deconvolution2d_1' (Conv2DTranspose): configuration has [None, 21, 22, 3] for 'output_shape'; "
          + "expected [None, 22, 22, 3]"
      ),
      (
        "sequential", "[null, 22, 22, 3]", #""x""#,
        "layer 'deconvolution2d_1' (Deconvolution2D): configuration has \"x\" for 'output_shape'; expected the "
          + "shape of the output"
      ),
      (
        "branches", #""layers": ["#, #""layers": [], "inputs": ["#,
        "configuration has nothing to merge for 'layers'; expected a Merge of chains of layers, which layers "
          + "follow"
      ),
      (
        "theano_last", #""border_mode": "valid""#, #""border_mode": "full""#,
        "layer 'convolution2d_3' (Convolution2D): configuration has \"full\" for 'border_mode'; expected "
          + "'valid' or 'same'"
      ),
    ] {
      let found = try answer(fixture, words: { $0.replacing(old, with: new) })
      #expect(found == expected)
    }
  }

  @Test func `without names nothing tells what computed the model`() throws {
    #expect(
      try answer("theano_first", names: { _ in "param_0" })
        == "layer 'convolution2d_1' (Convolution2D): configuration has none for 'weight_names'; expected names "
        + "that tell whether Theano turned the kernel round")
    #expect(
      try answer(
        "theano_first",
        words: { $0.replacing("{", with: #"{"backend": "tensorflow", "#, maxReplacements: 1) })
        == "has weights of Keras 1 on theano, and the model is of Keras 1 on tensorflow, which takes kernels "
        + "otherwise; give weights of the same backend")
  }

  @Test func `a gate without its weight is named`() throws {
    #expect(
      try answer("recurrent", names: { $0 == "lstm_1_U_f:0" ? "lstm_1_U_i:0" : $0 })
        == "layer 'lstm_1' (LSTM): weight 'recurrent_kernel_f' of shape [4, 4] is missing from "
        + "'/model_weights/lstm_1'")
  }

  @Test func `margins that Theano makes otherwise are refused`() throws {
    let found = try answer(
      "theano_first",
      words: { $0.replacing(#""border_mode": "valid""#, with: #""border_mode": "same""#) })
    #expect(
      found.contains(
        "expected 'valid', or windows of odd sizes without strides, where Theano computed"))
  }

  @Test func `a file of before 1_0_8 is refused`() throws {
    #expect(
      try answer("residual", version: "1.0.7")
        == "was written by Keras 1.0.7; files of Keras 1.0.8 and later are read")
  }

  @Test func `names of weights are their layers' and their roles`() {
    for (name, prefix, leaf) in [
      ("convolution2d_1_W:0", "convolution2d_1", "W"), ("fc_b", "fc", "b"),
      ("highway_1_W_carry:0", "highway_1", "W_carry"), ("a_W_b:0", "a_W", "b"),
      ("dense_1_W_2:0", "dense_1", "W"), ("forward_lstm_1_U_i:0", "forward_lstm_1", "U_i"),
      ("param_0", "", "param_0"), ("bn_running_std:0", "bn", "running_std"),
    ] {
      let found = WeightName(keras1: name)
      #expect((found.prefix, found.leaf) == (prefix, leaf), "\(name)")
    }
  }

  @Test func `a layer that Keras 1 alone has is the user's own in a later file`() throws {
    #expect(LayerTranslation.of(className: "Highway", in: KerasVersion("2.0.0")) == nil)
    #expect(LayerTranslation.of(className: "Highway", in: KerasVersion("1.2.2")) != nil)
  }

  @Test(arguments: [
    ("residual", ""), ("merges", ""), ("branches", ""), ("nested", ""),
    ("cosines", "only Keras 1 has it"), ("gone", "only Keras 1 has it"),
    ("channels_first", "its weights are kept as only Keras 1 kept them"),
    ("theano_first", "its weights are kept as only Keras 1 kept them"),
  ])
  func `a model of Keras 1 becomes a file for others, or is refused`(
    fixture: String, reason: String
  ) throws {
    let model = try KerasReader().read(path: Repository.fixture("keras1/\(fixture).h5")).model
    let bare = try Model(graph: model.graph, tensors: model.tensors)
    let target = try TemporaryFolder().file("composed.h5")
    guard reason.isEmpty else {
      #expect(
        refusal { try KerasWriter().write(bare, to: target) }
          .hasSuffix(": cannot be written to a Keras file: \(reason)"))
      return
    }
    try KerasWriter().write(bare, to: target)
    let again = try KerasReader().read(path: target).model
    #expect(model.graph.difference(from: again.graph) == nil)
  }
}
