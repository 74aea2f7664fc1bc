internal import ModelGraph
internal import OrderedCollections

/// What the weights of a file of Keras 1 tell of its model, of which its configuration is silent.
struct Keras1Weights {
  /// The names of the groups, in the order of the layers.
  let groups: [String]
  private let names: [String]
  /// The size of each axis of every weight, by its layer and its name in Keras 1.
  private var shapes: [String: [Int]] = [:]

  init(_ file: WeightFile) {
    groups = Array(file.groups.keys)
    names = file.groups.values.flatMap(\.names)
    for group in file.groups.values {
      for name in group.names {
        let found = WeightName(keras1: name)
        shapes["\(found.prefix)/\(found.leaf)"] = file.shapes[group.path(of: name)]
      }
    }
  }

  /// What Keras computed with, which no file of Keras 1 states: names of TensorFlow's variables end in the
  /// number of an output, and Theano's do not.
  ///
  /// - Throws: `KerasError.configuration` where some do and some do not.
  func backend() throws(KerasError) -> String? {
    // Without a name of its own a variable is numbered by Keras.
    let names = names.filter { !$0.hasPrefix("param_") }
    guard !names.isEmpty else { return nil }
    let numbered = names.count { $0.hasSuffix(":0") }
    guard numbered == 0 || numbered == names.count else {
      throw .configuration(
        key: "weight_names",
        expected: "names that all end in ':0', or none, which tells the backend",
        found: "\(numbered) of \(names.count) that do")
    }
    return numbered == 0 ? "theano" : "tensorflow"
  }

  /// The size of each axis of a layer's weight; `nil` where there is none of that name.
  ///
  /// - Parameter role: The name in Keras 1, such as `W`.
  func shape(of role: String, in layer: String) -> [Int]? { shapes["\(layer)/\(role)"] }
}

/// A weight's name: whose it is, and what it is to its layer.
struct WeightName {
  let prefix: String
  let leaf: String
  /// The roles that it may mean, most likely first.
  let roles: [String]

  /// A name of Keras 2 or 3: `block/conv1/kernel:0` as `block/conv1` and `kernel`.
  init(_ name: String) {
    let path = PathName(name.split(separator: ":").first.map(String.init) ?? name)
    (prefix, leaf) = (path.parent, path.last)
    roles = [leaf] + (leaf == "depthwise_kernel" ? ["kernel"] : [])
  }

  /// A name of Keras 1: `conv_1_W:0` as `conv_1` and `W`.
  init(keras1 name: String) {
    let plain = name.split(separator: ":").first.map(String.init) ?? name
    // TensorFlow numbers a name that it has seen before.
    let end = plain.lastIndex(of: "_")
    let counted = end.flatMap { Int(plain[plain.index(after: $0)...]) != nil ? plain[..<$0] : nil }
    for candidate in [plain[...]] + (counted.map { [$0] } ?? []) {
      let role = Self.keras1Roles.keys.filter { candidate.hasSuffix("_" + $0) }.max {
        $0.count < $1.count
      }
      guard let role else { continue }
      (prefix, leaf) = (String(candidate.dropLast(role.count + 1)), role)
      roles = Self.keras1Roles[role] ?? []
      return
    }
    (prefix, leaf, roles) = ("", plain, [plain])
  }

  /// What the weights of Keras 1 are to the layers here.
  private static let keras1Roles: [String: [String]] = {
    var roles = [
      "W": ["kernel", "embeddings"], "U": ["recurrent_kernel"], "b": ["bias"],
      "gamma": ["gamma"], "beta": ["beta"], "running_mean": ["moving_mean"],
      // It holds the variance since 1.0.6.
      "running_std": ["moving_variance"],
      "depthwise_kernel": ["depthwise_kernel"], "pointwise_kernel": ["pointwise_kernel"],
      "alphas": ["alpha"], "betas": ["beta"],
      "W_carry": ["kernel_carry"], "b_carry": ["bias_carry"],
    ]
    for name in ["t_left", "a_left", "t_right", "a_right"] { roles[name] = [name] }
    for gate in Set(LSTMCell.gates + GRUCell.gates) {
      roles["W_\(gate)"] = ["kernel_\(gate)"]
      roles["U_\(gate)"] = ["recurrent_kernel_\(gate)"]
      roles["b_\(gate)"] = ["bias_\(gate)"]
    }
    return roles
  }()
}
