internal import ModelGraph
internal import OrderedCollections

// What a file says of training, which its two kinds say otherwise.
extension FileWords {
  /// Where an archive says that Keras has the classes that training is set up with.
  private static let modules = [
    "loss": "keras.losses", "metrics": "keras.metrics", "weighted_metrics": "keras.metrics",
  ]
  private static let optimizers = "keras.optimizers"

  /// What a file in HDF5 says of training, as an archive does.
  static func training(
    inHDF5 source: SourceRecord, _ line: KerasLine
  ) throws -> LayerWords.Config? {
    let name = "training_config"
    guard let attribute = source.rootAttributes.first(where: { $0.name == name }) else {
      return nil
    }
    guard let text = attribute.text,
      case .object(let keys) = try JSONValue(parsing: Array(text.utf8), of: name)
    else { throw KerasError.fileAttribute(name, of: "/", expected: "an object, in JSON") }
    var training: LayerWords.Config = [:]
    if case .object(var optimizer)? = keys["optimizer_config"] {
      if line == .keras2 {
        optimizer["class_name"] = .string(try Self.optimizerOfKeras2(optimizer))
      }
      if case .object(let schedule)? = optimizer["config"]?["learning_rate"],
        case .object(var config)? = optimizer["config"]
      {
        config["learning_rate"] = placed(.object(schedule), in: optimizers + ".schedules")
        optimizer["config"] = .object(config)
      }
      if optimizer["config"]?.has("inner_optimizer") == true {
        throw untold("an optimizer inside of another")
      }
      training["optimizer"] = placed(.object(optimizer), in: optimizers)
    }
    for (key, value) in keys where key != "optimizer_config" {
      let value = try line == .keras2 ? namingMetrics(value) : value
      training[key] = modules[key].map { placed(value, in: $0) } ?? value
    }
    return training
  }

  /// The class of an optimizer, which files of Keras 2 in HDF5 tell from those that came before it.
  private static func optimizerOfKeras2(_ words: LayerWords.Config) throws(KerasError) -> String {
    let prefix = "Custom>"
    guard let name = words["class_name"]?.string, name.hasPrefix(prefix) else {
      throw untold("an optimizer of the kind that Keras had before 2.11")
    }
    return String(name.dropFirst(prefix.count))
  }

  /// Metrics that are functions by their names, as they are compiled: Keras 2 has no class for them that
  /// an archive could name.
  private static func namingMetrics(_ value: JSONValue) throws -> JSONValue {
    switch value {
    case .array(let list): return .array(try list.map(namingMetrics))
    case .object(let keys) where keys["class_name"] == "MeanMetricWrapper":
      guard let name = keys["config"]?["name"]?.string,
        let function = keys["config"]?["fn"]?.string,
        shortNames[name]?.contains(function) ?? (name == function),
        keys["config"]?["dtype"]?.string == "float32", keys["config"]?.object?.count == 3
      else { throw untold("the metric \(keys["config"]?.excerpt ?? "")") }
      return .string(name)
    case .object(let keys) where keys["class_name"] == nil:
      return .object(try keys.mapValues { try namingMetrics($0) })
    default: return value
    }
  }

  /// What the names of metrics stand for, where they are not those of functions.
  private static let shortNames: [String: Set<String>] = {
    let accuracies: Set = [
      "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    ]
    let entropies: Set = [
      "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
    ]
    return [
      "accuracy": accuracies, "acc": accuracies, "crossentropy": entropies, "ce": entropies,
      "mae": ["mean_absolute_error"], "mse": ["mean_squared_error"],
      "mape": ["mean_absolute_percentage_error"], "msle": ["mean_squared_logarithmic_error"],
    ]
  }()

  /// The objects in a value, each with the place where Keras has its class.
  private static func placed(_ value: JSONValue, in module: String) -> JSONValue {
    switch value {
    case .array(let list): return .array(list.map { placed($0, in: module) })
    case .object(let keys) where keys["class_name"] != nil:
      guard keys["module"] == nil, let name = keys["class_name"]?.string else { return value }
      // Classes of others are registered by a package and a name.
      let registered: JSONValue = name.contains(">") ? .string(name) : .null
      return .object(
        keys.merging(["module": .string(module), "registered_name": registered]) { $1 })
    case .object(let keys): return .object(keys.mapValues { placed($0, in: module) })
    default: return value
    }
  }

  /// The `training_config` of a file in HDF5.
  var trainingOfHDF5: LayerWords.Config? {
    guard var keys = training else { return nil }
    if let optimizer = keys.removeValue(forKey: "optimizer") {
      keys["optimizer_config"] = optimizer
    }
    return keys
  }

  // MARK: Optimizers

  /// The group of an optimizer's variables in an archive's weights.
  static let optimizerGroup = "/optimizer/vars"

  static func variables(
    inArchive source: SourceRecord
  ) throws(KerasError) -> [SourceRecord.Dataset] {
    let states = try source.member(KerasArchive.weightsName, \.tree).filter {
      $0.dataset != nil && WeightTree.isTrainingState($0.path)
    }
    if let other = states.first(where: { PathName($0.path).parent != optimizerGroup }) {
      throw untold("'\(other.path)'")
    }
    let datasets = Dictionary(states.map { ($0.path, $0.dataset) }) { first, _ in first }
    return try states.indices.map { index throws(KerasError) in
      let path = "\(optimizerGroup)/\(index)"
      guard let dataset = datasets[path] ?? nil else {
        throw .objectMissing(path, listedIn: "the count of '\(optimizerGroup)'")
      }
      return dataset
    }
  }

  static func variables(
    inHDF5 source: SourceRecord
  ) throws(KerasError) -> [SourceRecord.Dataset] {
    let objects = Dictionary(source.objects.map { ($0.path, $0) }) { first, _ in first }
    let root = WeightFile.optimizerRoot
    guard let group = objects[root] else { return [] }
    let names = try WeightFile.names("weight_names", of: group) ?? []
    let count = source.objects.count { $0.dataset != nil && $0.path.hasPrefix(root + "/") }
    guard names.count == count else {
      throw untold("a state of an optimizer that it does not list")
    }
    return try names.map { name throws(KerasError) in
      guard let dataset = objects[root + "/" + name]?.dataset else {
        throw .objectMissing(root + "/" + name, listedIn: "'weight_names' of '\(root)'")
      }
      return dataset
    }
  }
}
