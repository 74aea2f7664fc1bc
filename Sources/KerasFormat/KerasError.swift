public import ModelGraph

/// What can be wrong with a Keras file beyond what is wrong with an HDF5 file or
/// with a model.
@nonexhaustive public indirect enum KerasError: Error, Hashable, Sendable {
  /// The fault lies in one layer.
  case at(layer: String, kind: String, KerasError)
  /// The file is HDF5 but holds no Keras model.
  case notKeras(hint: String)
  /// The version of Keras is older than the oldest that is read.
  case version(String)
  /// An attribute is missing or of another type.
  case fileAttribute(String, of: String, expected: String)
  /// What should be JSON is not.
  case notJSON(String, offset: Int, expected: String)
  /// An archive lacks a member.
  case memberMissing(String)
  /// The weights of an archive are compressed, and more than are unpacked.
  case compressedWeights(Int, limit: Int)
  /// An archive keeps its weights in a way that is not read.
  case memberKind(String)
  /// Files that share weights, and the list that tells which has which, disagree.
  case shards(String)
  /// A vocabulary that an archive keeps is not what its layer needs.
  case vocabulary(String, VocabularyFault)
  /// An archive keeps assets that no layer needs.
  case assetsLeftOver([String])
  /// What tokens count for is not what the configuration says.
  case tokenWeights(group: String)
  /// The configuration lacks something or has something else in its place.
  case configuration(key: String, expected: String, found: String)
  /// A layer's configuration has a key that may change what it computes.
  case configurationKey(String, value: String)
  /// The model has a layout that is no graph of layers.
  case notAGraph(className: String)
  /// A weight that a layer needs is not in the file.
  case weightMissing(role: String, shape: Shape, group: String)
  /// The file holds weights that no layer needs.
  case weightsLeftOver([String])
  /// A name in a list of weights or layers has no object.
  case objectMissing(String, listedIn: String)
  /// A group has two names, so that it may even hold itself.
  case groupTwice(String, first: String)
  /// A weight has another shape than its layer needs.
  case weightShape(role: String, found: Shape, expected: Shape)
  /// The file says that weights are those of a layer of another name.
  case weightOwner(group: String, found: String)
  /// Weights are those of another network.
  case anotherNetwork(missing: [String], leftOver: [String], fitting: [String])
  /// Names were counted in another run, and the weights of two layers would fit either way.
  case interchangeable(found: [String], layers: [String])
  /// The weights of a layer stand where those of another are, as the numbers in their names tell.
  case interchanged(found: String, layer: String)
  /// A layer takes its weights as Keras 1 kept them, or does not, and the file has them otherwise.
  case keptOtherwise
  /// Weights are of Keras 1, which kept those of such a layer in several ways, and nothing says in which.
  case untoldKeras1
  /// Weights of Keras 1 were made with another backend than the model.
  case backend(String, expected: String)
  /// An architecture is of Keras 1, and the weights are not.
  case laterWeights
  /// An architecture does not say which Keras 3 wrote it, and they differ in what it means.
  case versionUnknown(GraphDifference)
  /// What should say what a model is does not.
  case notAnArchitecture
  /// Weights cannot be told apart.
  case weightsAmbiguous(group: String, reason: String)
  /// There is no Keras file that Keras would read as the model.
  case inexpressible(String)
  /// The model no longer is what its source record says.
  case sourceDisagrees(GraphDifference)
  /// A dataset of the source record holds another tensor than the model's configuration says.
  case sourceTensor(dataset: String, found: String, expected: String)
  /// A dataset of the source record has another type than the tensor that it holds.
  case sourceDatatype(dataset: String, found: String, expected: DType)
  /// A datatype text that this module did not write.
  case datatypeText(String)
  /// A fault that the model's own rules find.
  case model(ModelError)
}

extension KerasError: CustomStringConvertible {
  /// One sentence: the place first, then what was expected and what was found.
  public var description: String {
    switch self {
    case .at(let layer, let kind, let error): "layer '\(layer)' (\(kind)): \(error)"
    case .notKeras(let hint): "is HDF5 but holds no Keras model; \(hint)"
    case .version(let version):
      "was written by Keras \(version); files of Keras 1.0.8 and later are read"
    case .fileAttribute(let name, let object, let expected):
      "attribute '\(name)' of '\(object)' is missing or not \(expected)"
    case .notJSON(let name, let offset, let expected):
      "\(name) is not JSON: expected \(expected) at byte \(offset)"
    case .memberMissing(let name):
      "is a zip archive without '\(name)'; expected the members of a '.keras' file"
    case .compressedWeights(let found, let limit):
      "has weights of \(found) bytes that are compressed; at most \(limit) are unpacked, and any number is "
        + "read as Keras stores them: pack the archive without compression"
    case .memberKind(let name):
      "keeps weights in '\(name)'\(Self.reason(againstMember: name)); those in "
        + "'\(KerasArchive.weightsName)' are read, where 'model.save' puts them"
    case .vocabulary(let name, let fault): "vocabulary '\(name)' \(fault)"
    case .assetsLeftOver(let names): "keeps what no layer needs: \(Self.list(names))"
    case .tokenWeights(let group):
      "weights of tokens in '\(group)' are not those of the configuration"
    case .configuration(let key, let expected, let found):
      "configuration has \(found) for '\(key)'; expected \(expected)"
    case .configurationKey(let key, let value):
      "configuration has '\(key)': \(value), which this version does not know"
    case .notAGraph(let className):
      "model of class '\(className)' is not a graph of layers; "
        + "only Sequential and Functional models are"
    case .weightMissing(let role, let shape, let group):
      "weight '\(role)' of shape \(shape) is missing from '\(group)'"
    case .weightsLeftOver(let paths):
      "\(paths.count == 1 ? "holds a weight" : "holds \(paths.count) weights")"
        + " that no layer needs: " + Self.list(paths)
    case .objectMissing(let path, let list): "'\(path)' is missing, which \(list) names"
    case .groupTwice(let path, let first):
      "'\(path)' is the same group as '\(first)'; a group with one name is expected"
    case .weightShape(let role, let found, let expected):
      "weight '\(role)' has shape \(found); expected \(expected)"
    case .weightOwner(let group, let found):
      "weights in '\(group)' are those of '\(found)', as the file says"
    case .anotherNetwork(let missing, let leftOver, let fitting):
      "has the weights of another network: "
        + [
          missing.isEmpty ? nil : "\(Self.list(missing)) of the model has none",
          leftOver.isEmpty ? nil : "those of \(Self.list(leftOver)) are left over",
          fitting.isEmpty
            ? nil : "of these, \(Self.list(fitting)) would fit '\(missing.first ?? "")'",
        ].compactMap(\.self).joined(separator: "; ")
    case .interchangeable(let found, let layers):
      "names its layers otherwise than the model, as another run of Python counts them, and the weights "
        + "of '\(found[0])' and '\(found[1])' would fit '\(layers[0])' and '\(layers[1])' either way; "
        + "'--bind-by-order' binds them in the order of their numbers"
    case .interchanged(let found, let layer):
      "has weights of '\(found)' where those of '\(layer)' are, and the order of the numbers in the names "
        + "is another than the model's: it is another network"
    case .keptOtherwise:
      "takes its weights in another order than the file keeps them, as Keras 1 had several; give weights of "
        + "the same Keras as the model"
    case .untoldKeras1:
      "takes weights that Keras 1 kept in several ways, and the file does not say in which; give the "
        + "architecture that Keras 1 wrote beside it"
    case .backend(let found, let expected):
      "has weights of Keras 1 on \(found), and the model is of Keras 1 on \(expected), which takes kernels "
        + "otherwise; give weights of the same backend"
    case .laterWeights:
      "has weights of a later Keras than 1, of which the architecture is, and they are kept otherwise; give "
        + "the architecture of the same Keras"
    case .versionUnknown(let difference):
      "does not say which Keras 3 wrote it, and its versions differ in what it means (\(difference)); "
        + "add the key 'keras_version' to it"
    case .notAnArchitecture:
      "says of no model what it is; expected the JSON of model.to_json() or a file of a whole model"
    case .weightsAmbiguous(let group, let reason):
      "weights of '\(group)' cannot be told apart: \(reason)"
    case .shards(let reason): "lists weights that are in several files, and \(reason)"
    case .inexpressible(let reason): "cannot be written to a Keras file: \(reason)"
    case .sourceDisagrees(let difference):
      "the model is not what its Keras configuration says: \(difference)"
    case .sourceTensor(let dataset, let found, let expected):
      "the model is not what its Keras configuration says: "
        + "'\(dataset)' holds '\(found)', not '\(expected)'"
    case .sourceDatatype(let dataset, let found, let expected):
      "source record has '\(found)' for '\(dataset)'; expected \(expected.rawValue), "
        + "which its tensor is of"
    case .datatypeText(let text): "source record has an unknown datatype '\(text)'"
    case .model(let error): "\(error)"
    }
  }

  /// Why weights are not read from a member.
  private static func reason(againstMember name: String) -> String {
    switch name {
    case "model.weights.npz": ", as pickled Python objects, which are code and never run"
    case "model.weights.json": ", in parts, as no version of Keras writes an archive"
    case "variables.h5": ", as Keras 2.11 did"
    default: ""
    }
  }

  /// The first of some names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
