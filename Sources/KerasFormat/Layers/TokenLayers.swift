internal import ModelGraph

// What versions write otherwise of layers that make numbers of tokens and tokens of numbers.

extension LayerTranslation {
  static let categoryEncoding = Exception(
    attributes: ["checks_range": { $0.version.major < 3 ? .bool(true) : nil }],
    check: refuseSparse)

  static func refuseSparse(_ config: ConfigReader) throws {
    if try config.bool("sparse", default: false) {
      throw Unsupported(reason: "makes sparse tensors")
    }
  }

  static let discretization = Exception(
    attributes: [
      "index_type": { config in
        let mode = try config.string("output_mode", default: "int")
        // Each token by itself is of one line as well.
        guard config.version.major < 3, ["int", "one_hot"].contains(mode) else { return nil }
        // Types of real numbers were written and ignored.
        let written = (config.value("dtype")?.string).flatMap(DType.init)
        return .string((written.flatMap { $0.isInteger ? $0 : nil } ?? .int64).rawValue)
      }
    ],
    check: { config in
      try refuseSparse(config)
      guard config.has("bin_boundaries") else {
        throw Unsupported(reason: "has no 'bin_boundaries': those of adapt() are not in its file")
      }
      let type = TypePolicy(config.config["dtype"]).computeType
      let isHalf = config.version.major < 3 && [.float16, .bfloat16].contains(type)
      guard type != .float64, !isHalf else {
        throw Unsupported(reason: "compares with boundaries of \(type.rawValue)")
      }
    })

  static func checkVocabulary(_ config: ConfigReader) throws {
    if let path = config.value("vocabulary")?.string {
      throw Unsupported(reason: "has its vocabulary in another file, '\(path)'")
    }
    guard config.has("vocabulary") else {
      throw Unsupported(reason: "has no vocabulary: that of adapt() is not in its file")
    }
  }

  /// How many places there are to be: at least as many as are needed.
  @Sendable static func width(_ config: ConfigReader) throws -> AttributeValue? {
    guard try config.bool("pad_to_max_tokens", default: false), try !makesNumbers(config) else {
      return nil
    }
    return .int(try config.int("max_tokens"))
  }

  static func makesNumbers(_ config: ConfigReader) throws -> Bool {
    try config.string("output_mode", default: "int") == TokenOutput.number.rawValue
  }

  static let integerLookup = Exception(
    attributes: [
      "vocabulary": { config in
        try checkVocabulary(config)
        return .ints(try config.ints("vocabulary"))
      },
      "max_tokens": width,
    ],
    check: { config in
      try refuseSparse(config)
      // None is not the default, and begins no vocabulary.
      guard config.has("oov_token") || !config.config.has("oov_token") else {
        throw Unsupported(reason: "has no 'oov_token'")
      }
      let method = try config.string("oov_method", default: "floormod")
      guard method == "floormod" else {
        throw Unsupported(reason: "spreads what it does not know by '\(method)'")
      }
      guard !config.has("salt") else {
        throw Unsupported(reason: "spreads what it does not know by a salt")
      }
      let mode = try config.string("output_mode", default: "int")
      guard config.version.major < 3 || mode == TokenOutput.number.rawValue else {
        throw Unsupported(reason: "of Keras 3 makes integers of counts")
      }
      let type = config.value("dtype")?.string ?? "int64"
      guard config.version.major > 2 || mode != TokenOutput.number.rawValue || type == "int64"
      else {
        throw Unsupported(reason: "makes places of \(type)")
      }
      let keys = try config.string("vocabulary_dtype", default: "int64")
      guard keys == "int64" else { throw Unsupported(reason: "has a vocabulary of \(keys)") }
    })
}
