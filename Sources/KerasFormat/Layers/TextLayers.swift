internal import ModelGraph

// What versions write otherwise of layers that take text.

extension LayerTranslation {
  static let stringLookup = Exception(
    attributes: [
      "vocabulary": textVocabulary, "max_tokens": width, "salt": salt,
      "count_type": countType,
    ],
    check: { config in
      try refuseSparse(config)
      // None is not the default, and begins no vocabulary.
      guard config.has("oov_token") || !config.config.has("oov_token") else {
        throw Unsupported(reason: "has no 'oov_token'")
      }
      // Texts are hashed by either.
      let method = try config.string("oov_method", default: "floormod")
      guard ["floormod", "farmhash"].contains(method) else {
        throw Unsupported(reason: "spreads what it does not know by '\(method)'")
      }
      // Keras 3 has one type, whatever is written, and Keras 2 once wrote that of the texts.
      guard config.version.major < 3 else { return }
      try checkType(config, ofPlaces: ["int64", "string"])
    })

  static let textVectorization = Exception(
    attributes: [
      "vocabulary": textVocabulary, "max_tokens": width, "count_type": countType,
      "standardize": {
        .string(try wordOrNone($0, "standardize", usual: "lower_and_strip_punctuation"))
      },
      "split": { .string(try wordOrNone($0, "split", usual: "whitespace")) },
      // A number stands for all widths up to it.
      "ngrams": { config in
        guard let most = config.value("ngrams")?.int else {
          return .ints(try config.ints("ngrams", default: []))
        }
        guard (1...TextVectorization.maximumWidthCount).contains(most) else {
          throw config.wrong("ngrams", "1 to \(TextVectorization.maximumWidthCount)")
        }
        return .ints(Array(1...most))
      },
      "output_mode": { config in
        // Older names.
        let mode = try config.string("output_mode", default: "int")
        return .string(mode == "binary" ? "multi_hot" : mode == "tf-idf" ? "tf_idf" : mode)
      },
      "output_sequence_length": { config in
        guard config.has("output_sequence_length") else {
          guard try !makesNumbers(config) || config.isUncut else {
            throw Unsupported(
              reason:
                "makes as many places as the longest text has tokens, other ones for each batch; "
                + "give it an 'output_sequence_length'")
          }
          return nil
        }
        let length = try config.int("output_sequence_length")
        guard length > 0 else { throw config.wrong("output_sequence_length", "at least 1") }
        return .int(length)
      },
    ],
    check: { config in
      try refuseSparse(config)
      if try config.bool("ragged", default: false) {
        throw Unsupported(reason: "makes ragged tensors")
      }
      if config.config.has("output_mode"), !config.has("output_mode") {
        throw Unsupported(
          reason:
            "has an 'output_mode' of null, with which Keras makes lists of texts, each as long as "
            + "it has tokens; give it one that makes numbers: 'int', 'multi_hot', 'count' or 'tf_idf'"
        )
      }
      if try !makesNumbers(config), config.isUncut, config.version.major < 3,
        try config.string("output_mode", default: "int") == TokenOutput.oneHot.rawValue
      {
        throw Unsupported(reason: "of Keras 2 gives no token a place of its own")
      }
    })

  static let hashing = Exception(
    attributes: [
      "salt": salt, "index_type": indexType,
      "mask_value": { config in
        guard let value = config.value("mask_value") else { return nil }
        if let number = value.int { return .int(number) }
        return .string(try config.string("mask_value"))
      },
    ],
    check: { config in
      try refuseSparse(config)
      guard try makesNumbers(config) else { return try checkType(config, ofPlaces: []) }
      // Types of real numbers were written by Keras 2, and ignored.
      try checkType(config, ofPlaces: ["int32", "int64"])
    })

  static let hashedCrossing = Exception(
    attributes: ["index_type": indexType], check: hashing.check)

  // MARK: - What several say alike

  @Sendable private static func textVocabulary(_ config: ConfigReader) throws -> AttributeValue? {
    try checkVocabulary(config)
    return .strings(try config.strings("vocabulary"))
  }

  /// One number stands for two.
  @Sendable private static func salt(_ config: ConfigReader) throws -> AttributeValue? {
    let words = try config.ints("salt", default: [])
    return .ints(words.count == 1 && config.value("salt")?.int != nil ? words + words : words)
  }

  /// Keras 2 makes real numbers of what it counts.
  @Sendable private static func countType(_ config: ConfigReader) throws -> AttributeValue? {
    guard config.version.major < 3, try !makesNumbers(config) else { return nil }
    return .string(DType.float32.rawValue)
  }

  @Sendable private static func indexType(_ config: ConfigReader) throws -> AttributeValue? {
    let type = TypePolicy(config.config["dtype"]).computeType
    guard try makesNumbers(config), type == .int32 else { return nil }
    return .string(type.rawValue)
  }

  /// Refuses types of integers other than Keras's own, and of what is counted any.
  private static func checkType(_ config: ConfigReader, ofPlaces usual: Set<String>) throws {
    guard let dtype = config.config["dtype"], let name = TypePolicy(dtype).name,
      let type = DType(rawValue: name), type.unitRoundoff == nil
    else { return }
    let isForPlaces = try makesNumbers(config)
    guard isForPlaces && usual.contains(name) else {
      throw Unsupported(reason: "makes \(isForPlaces ? "places" : "counts") of \(name)")
    }
  }

  /// A word, or `none` where the file says null; a function of the user's own is refused.
  private static func wordOrNone(
    _ config: ConfigReader, _ key: String, usual: String
  ) throws -> String {
    guard config.config.has(key) else { return usual }
    guard let value = config.value(key) else { return "none" }
    guard let word = value.string else {
      throw Unsupported(reason: "has a function of the user's own as '\(key)'")
    }
    return word
  }
}

extension ConfigReader {
  /// Whether texts are tokens as they are.
  fileprivate var isUncut: Bool { config.has("split") && !has("split") }
}
