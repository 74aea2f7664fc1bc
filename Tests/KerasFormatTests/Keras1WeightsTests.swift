import HDF5
import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

@testable import KerasFormat

/// Weights of Keras 1 beside what says of what model they are, and models of Keras 1 beside other weights.
@Suite struct Keras1WeightsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func json(_ name: String) throws -> KerasArchitecture {
    try #require(
      try KerasArchitecture(contentsOfFile: Repository.fixture("weights/\(name).json")))
  }

  private func model(_ name: String) throws -> Model {
    try KerasReader().read(path: Repository.fixture("keras1/\(name).h5")).model
  }

  private func read(
    _ weights: String, _ architecture: KerasArchitecture
  ) throws -> Model {
    try KerasReader().read(weights: weights, architecture: architecture).model
  }

  @Test(arguments: ["branches", "theano_first"])
  func `weights that Keras 1 wrote alone are those of the whole model`(name: String) throws {
    let whole = try model(name)
    let weights = Repository.fixture("weights/keras1_\(name).h5")
    for architecture in [try json("keras1_\(name)"), try KerasArchitecture(of: whole)] {
      let found = try read(weights, architecture)
      #expect(found.provenance.backend == whole.provenance.backend)
      #expect(found.graph.difference(from: whole.graph) == nil)
      for (tensor, value) in whole.tensors {
        #expect(try #require(found.tensors[tensor]).isIdentical(to: value), "\(tensor)")
      }
      // What Keras 1 would have made of both.
      let words = try StatedModel(#require(found.source)).configuration
      let expected = try StatedModel(#require(whole.source)).configuration
      #expect(words == expected)
      let path = folder.file("whole.h5")
      try KerasWriter().write(found, to: path)
      let again = try KerasReader().read(path: path).model
      #expect(again.graph.difference(from: whole.graph) == nil)
      #expect(again.provenance.producerVersion == "1.2.2")
    }
    let taken = try KerasReader().weights(path: weights, for: whole)
    #expect(taken.tensors.keys == whole.tensors.keys)
  }

  @Test func `a model of a later Keras takes what Keras 1 kept in one way`() throws {
    let (left, right) = (try Input(shape: [3]), try Input(shape: [6]))
    let ends = [
      try Dense(4, activation: .tanh, name: "dense_1")(left),
      try Dense(4, name: "dense_3")(Dense(5, name: "dense_2")(right)),
    ]
    let output = try Dense(3, name: "dense_4")(Concatenate()(ends[0], ends[1]))
    let built = try Model(inputs: [left, right], outputs: [output])
    let found = try KerasReader().weights(
      path: Repository.fixture("weights/keras1_branches.h5"), for: built)
    let whole = try model("branches")
    for layer in ["dense_1", "dense_2", "dense_3", "dense_4"] {
      for role in ["kernel", "bias"] {
        let expected = try #require(whole.weight(role, of: layer))
        #expect(try #require(found.weight(role, of: layer)).isIdentical(to: expected))
      }
    }
  }

  @Test func `a model of a later Keras does not take kernels of Theano`() throws {
    let image = try Input(shape: [9, 8, 3])
    let built = try Model(
      inputs: [image], outputs: [Conv2D(4, kernelSize: (3, 2), name: "convolution2d_1")(image)])
    let weights = Repository.fixture("weights/keras1_theano_first.h5")
    let sentence =
      "layer 'convolution2d_1' (Conv2D): takes weights that Keras 1 kept in several ways, and the file does "
      + "not say in which; give the architecture that Keras 1 wrote beside it"
    #expect(refusal { try KerasReader().weights(path: weights, for: built) } == sentence)
    #expect(refusal { try read(weights, KerasArchitecture(of: built)) } == sentence)
  }

  @Test func `a model of Keras 1 does not take what is kept otherwise`() throws {
    let whole = try KerasArchitecture(of: model("theano_first"))
    let sentence =
      "layer 'convolution2d_1' (Conv2D): takes its weights in another order than the file keeps them, as "
      + "Keras 1 had several; give weights of the same Keras as the model"
    for other in ["weights/keras2.h5", "weights/keras3.weights.h5"] {
      #expect(refusal { try read(Repository.fixture(other), whole) } == sentence, "\(other)")
    }
    #expect(
      refusal { try read(Repository.fixture("keras1/ranks.h5"), json("keras1_branches")) }
        == sentence.replacing("convolution2d_1' (Conv2D)", with: "convolution1d_1' (Conv1D)"))
    #expect(
      refusal { try read(Repository.fixture("weights/keras2.h5"), json("keras1_theano_first")) }
        == "has weights of a later Keras than 1, of which the architecture is, and they are kept otherwise; "
        + "give the architecture of the same Keras")
  }

  @Test func `a model of TensorFlow does not take weights of Theano`() throws {
    var words = try KerasArchitecture(of: model("branches"))
    words.keras1 = try KerasArchitecture(of: model("theano_first")).keras1
    #expect(
      refusal { try read(Repository.fixture("weights/keras1_branches.h5"), words) }
        == "has weights of Keras 1 on tensorflow, and the model is of Keras 1 on theano, which takes kernels "
        + "otherwise; give weights of the same backend")
  }

  @Test func `weights without names are refused`() throws {
    let path = folder.file("numbered.h5")
    let file = try FileWriter(path: path)
    try file.writeAttribute(
      Attribute(
        name: "nb_layers", datatype: .text(), dataspace: .scalar, value: .strings([Array("1".utf8)])
      ),
      to: "/")
    try file.createGroup("/layer_0")
    try file.close()
    let sentence =
      "is HDF5 but holds no Keras model; it holds weights that Keras before 1.0 numbered, without names or "
      + "what computed them; load them with that Keras, and save the model with Keras 1.2"
    #expect(refusal { try KerasReader().read(path: path) } == sentence)
    #expect(refusal { try read(path, json("keras1_branches")) } == sentence)
  }

  @Test(arguments: [
    ("cosines", "layer 'merge_1' (CosineSimilarity)", "only Keras 1 has it"),
    ("gone", "", "only Keras 1 has it"),
    ("recurrent", "layer 'lstm_1' (LSTM)", "its weights are kept as only Keras 1 kept them"),
    ("theano_last", "", "its weights are kept as only Keras 1 kept them"),
  ])
  func `what only Keras 1 kept so is not written as weights alone or as an archive`(
    name: String, place: String, reason: String
  ) throws {
    let model = try model(name)
    for kind in [KerasFileKind.weights, .archive] {
      let found = refusal { try KerasWriter().write(model, as: kind, to: folder.file("a")) }
      #expect(found.hasPrefix(place))
      #expect(found.hasSuffix(": cannot be written to a Keras file: \(reason)"), "\(kind)")
    }
  }
}
