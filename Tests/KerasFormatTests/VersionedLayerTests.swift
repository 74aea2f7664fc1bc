import ModelGraph
import Testing

@testable import KerasFormat

/// Layers whose configuration means something else in another version of Keras.
@Suite struct VersionedLayerTests {
  private func attributes(
    _ className: String, _ config: String, _ version: String, backend: String? = "tensorflow"
  ) throws -> Attributes {
    let translation = try #require(LayerTranslation.of(className: className))
    return try translation.attributes(
      ConfigReader(
        config: JSONParser.parse(Array(config.utf8)),
        version: KerasVersion(version, backend: backend)))
  }

  @Test(arguments: [
    ("2.15.0", "resized"), ("3.0.0", "resized"), ("3.6.0", "resized"), ("3.8.0", nil),
    ("3.15.1", nil),
  ])
  func `a random crop resizes or does nothing`(_ version: String, _ inference: String?) throws {
    let found = try attributes("RandomCrop", #"{"height": 3, "width": 2}"#, version)
    #expect(found["inference"] == inference.map { .string($0) })
  }

  @Test func `a version of which it is not known what it does is refused`() {
    #expect(throws: Unsupported.self) {
      try attributes("RandomCrop", #"{"height": 3, "width": 2}"#, "3.7.0")
    }
  }

  @Test func `the axes of a dot product are one for both inputs or a pair`() throws {
    let one = try attributes("Dot", #"{"axes": -1, "normalize": true}"#, "2.15.0")
    #expect(one["axes"] == .ints([-1, -1]))
    #expect(one["limit"] == .string("square"))
    let pair = try attributes("Dot", #"{"axes": [2, 1], "normalize": true}"#, "3.15.1")
    #expect(pair["axes"] == .ints([2, 1]))
    #expect(pair["limit"] == nil)
    #expect(try attributes("Dot", #"{"axes": 1}"#, "2.15.0")["limit"] == nil)
    #expect(throws: Unsupported.self) {
      try attributes("Dot", #"{"axes": 1, "normalize": true}"#, "3.15.1", backend: "numpy")
    }
    #expect(throws: Never.self) {
      try attributes("Dot", #"{"axes": 1, "normalize": false}"#, "3.15.1", backend: "numpy")
    }
  }

  @Test func `a size of an equation's result may be none or one alone`() throws {
    func shape(_ value: String) throws -> AttributeValue? {
      try attributes(
        "EinsumDense", #"{"equation": "ab,bc->ac", "output_shape": \#(value)}"#, "3.15.1")[
          "output_shape"]
    }
    #expect(try shape("[null, 5]") == .ints([-1, 5]))
    #expect(try shape("5") == .ints([5]))
    #expect(throws: KerasError.self) { try shape(#"[5, "a"]"#) }
  }

  @Test func `a resizing by cubics is its backend's`() throws {
    func distances(_ more: String, backend: String?) throws -> AttributeValue? {
      try attributes(
        "Resizing", #"{"height": 3, "width": 2, "interpolation": "bicubic"\#(more)}"#, "3.15.1",
        backend: backend)["distances"]
    }
    #expect(try distances("", backend: "tensorflow") == nil)
    #expect(try distances("", backend: "jax") == .string("exact"))
    #expect(throws: Unsupported.self) { try distances("", backend: nil) }
    // A kernel that is made wider is no table's.
    #expect(try distances(#", "antialias": true"#, backend: nil) == nil)
    #expect(throws: Unsupported.self) { try distances(#", "fill_mode": "wrap""#, backend: "jax") }
  }

  @Test func `images that are rounded before they are counted are refused`() throws {
    let name = "ContrastLimitedAdaptiveHistogramEqualization"
    let config = #""value_range": [0, 1], "clip_limit": 2.5, "tile_grid_size": [3, 2]"#
    let read = try attributes(name, "{\(config)}", "3.15.1")
    #expect(read["tile_grid_size"] == .ints([3, 2]) && read["clip_limit"] == .double(2.5))
    let refused = CallTests.refusal(
      name, config + #", "dtype": "mixed_float16""#, #"[["x", 0, 0, {}]]"#, version: "3.15.1")
    #expect(refused.contains("counts numbers of images that were rounded to float16"))
    let layer = ContrastLimitedAdaptiveHistogramEqualization()
    #expect(LayerWords.isOnlyForKeras3(layer))
  }

  @Test func `tokens and bins are of the line that wrote them`() throws {
    func read(_ className: String, _ config: String, _ version: String) throws -> Attributes {
      try attributes(className, "{\(config)}", version)
    }
    func refused(_ className: String, _ config: String, _ version: String = "3.15.1") -> String {
      CallTests.refusal(className, config, #"[["x", 0, 0, {}]]"#, version: version)
    }
    let tokens = #""num_tokens": 4, "output_mode": "count""#
    #expect(try read("CategoryEncoding", tokens, "2.15.0")["checks_range"] == .bool(true))
    #expect(try read("CategoryEncoding", tokens, "3.15.1")["checks_range"] == nil)
    let bins = #""bin_boundaries": [0.5], "num_bins": null, "epsilon": 0.01, "output_mode": "int""#
    #expect(try read("Discretization", bins, "2.15.0")["index_type"] == .string("int64"))
    #expect(try read("Discretization", bins, "3.15.1")["index_type"] == nil)
    #expect(
      refused("Discretization", #""bin_boundaries": null, "num_bins": 3, "epsilon": 0.01"#)
        .contains("has no 'bin_boundaries': those of adapt() are not in its file"))
    for className in ["CategoryEncoding", "Discretization"] {
      let config = className == "Discretization" ? bins : tokens
      #expect(refused(className, config + #", "sparse": true"#).contains("makes sparse tensors"))
    }
    let list = #""vocabulary": [4, 7], "num_oov_indices": 1"#
    let places = try read("IntegerLookup", list + #", "max_tokens": 9"#, "2.15.0")
    #expect(places["vocabulary"] == .ints([4, 7]))
    // Places are not more unless that is asked for.
    #expect(places["max_tokens"] == nil)
    #expect(
      try read("IntegerLookup", list + #", "invert": true"#, "2.15.0")["invert"] == .bool(true))
    let wide = try read(
      "IntegerLookup",
      list + #", "max_tokens": 9, "pad_to_max_tokens": true, "output_mode": "count""#, "2.15.0")
    #expect(wide["max_tokens"] == .int(9))
    for (more, sentence) in [
      (#", "oov_token": null"#, "has no 'oov_token'"),
      (#", "sparse": true"#, "makes sparse tensors"),
      (#", "oov_method": "farmhash""#, "spreads what it does not know by 'farmhash'"),
      (#", "salt": [1, 2]"#, "spreads what it does not know by a salt"),
      (#", "output_mode": "count""#, "of Keras 3 makes integers of counts"),
    ] {
      #expect(refused("IntegerLookup", list + more).contains(sentence), "\(more)")
    }
    #expect(
      refused("IntegerLookup", #""vocabulary": "/etc/passwd""#)
        .contains("has its vocabulary in another file, '/etc/passwd'"))
    #expect(
      refused("IntegerLookup", #""vocabulary": null"#)
        .contains("has no vocabulary: that of adapt() is not in its file"))
    let rows = #""input_dim": 9, "output_dim": 3"#
    #expect(try read("ReversibleEmbedding", rows, "3.15.1")["input_dim"] == .int(9))
    #expect(
      refused("ReversibleEmbedding", rows + #", "reverse_dtype": "float32""#)
        .contains("computes scores in a type of their own"))
  }

  @Test func `layers of text are of the line that wrote them`() throws {
    func read(_ className: String, _ config: String, _ version: String) throws -> Attributes {
      try attributes(className, "{\(config)}", version)
    }
    func refused(_ className: String, _ config: String, _ version: String = "3.15.1") -> String {
      CallTests.refusal(className, config, #"[["x", 0, 0, {}]]"#, version: version)
    }
    let list = #""vocabulary": ["a", "b"], "vocabulary_size": 3, "encoding": "utf-8""#
    let counts = list + #", "output_mode": "count""#
    #expect(try read("StringLookup", list, "2.15.0")["vocabulary"] == .strings(["a", "b"]))
    #expect(try read("StringLookup", list, "2.15.0")["count_type"] == nil)
    #expect(try read("StringLookup", counts, "2.15.0")["count_type"] == .string("float32"))
    #expect(try read("StringLookup", counts, "3.15.1")["count_type"] == nil)
    #expect(
      try read("StringLookup", list + #", "invert": true"#, "2.15.0")["invert"] == .bool(true))
    // One number stands for two.
    #expect(
      try read("StringLookup", list + #", "salt": 3"#, "3.15.1")["salt"] == .ints([3, 3]))
    #expect(try read("Hashing", #""num_bins": 3"#, "3.15.1")["index_type"] == nil)
    let narrow = try read(
      "Hashing", #""num_bins": 3, "dtype": "int32", "mask_value": 4"#, "2.15.0")
    #expect(narrow["index_type"] == .string("int32") && narrow["mask_value"] == .int(4))
    let refusals = [
      ("StringLookup", #""vocabulary": null"#, "that of adapt() is not in its file"),
      ("StringLookup", #""vocabulary": "/etc/passwd""#, "in another file, '/etc/passwd'"),
      ("StringLookup", list + #", "sparse": true"#, "makes sparse tensors"),
      ("StringLookup", list + #", "oov_token": null"#, "has no 'oov_token'"),
      ("StringLookup", list + #", "oov_method": "new""#, "does not know by 'new'"),
      (
        "Hashing", #""num_bins": 3, "output_mode": "count", "dtype": "int64""#,
        "makes counts of int64"
      ),
      ("Hashing", #""num_bins": 3, "dtype": "int8""#, "makes places of int8"),
      ("TextVectorization", list, "as many places as the longest text has tokens"),
      ("TextVectorization", list + #", "ragged": true"#, "makes ragged tensors"),
      (
        "TextVectorization", counts + #", "split": {"class_name": "function"}"#,
        "a function of the user's own as 'split'"
      ),
      (
        "TextVectorization", counts + #", "standardize": {"config": "f"}"#,
        "a function of the user's own as 'standardize'"
      ),
      ("TextVectorization", list + #", "output_mode": null"#, "has an 'output_mode' of null"),
    ]
    for (className, config, sentence) in refusals {
      let found = refused(className, config)
      #expect(found.contains(sentence), "\(className) \(config): \(found)")
    }
    #expect(throws: KerasError.self) {
      try read("TextVectorization", counts + #", "ngrams": 1000000000"#, "3.15.1")
    }
    let words = list + #", "standardize": null, "split": null, "ngrams": 2"#
    let uncut = try read("TextVectorization", words, "3.15.1")
    #expect(uncut["standardize"] == .string("none") && uncut["split"] == .string("none"))
    #expect(uncut["ngrams"] == .ints([1, 2]))
  }

  @Test(arguments: [
    (#""float32""#, DType.float32, nil), ("null", .float32, nil),
    (#""mixed_float16""#, .float16, nil),
    (#"{"class_name": "Policy", "config": {"name": "mixed_bfloat16"}}"#, .bfloat16, nil),
    (#"{"class_name": "DTypePolicy", "config": {"name": "int64"}}"#, .int64, nil),
    (
      #"{"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8", "source_name": "float32"}}"#,
      .float32, "is quantized ('int8'), of which nothing is computed here"
    ),
    (
      #""int4_from_bfloat16""#, .float32, "is quantized ('int4'), of which nothing is computed here"
    ),
    (#""complex64""#, .float32, "computes in 'complex64', which is not known here"),
  ])
  func `a policy says what is computed in, or is refused by name`(
    _ policy: String, _ type: DType, _ refusal: String?
  ) throws {
    let config = try JSONParser.parse(Array(#"{"dtype": \#(policy)}"#.utf8))
    #expect(TypePolicy(config["dtype"]).computeType == type)
    #expect(config.refusalOfNumbers == refusal)
  }

  @Test func `weights of low rank are not passed over`() throws {
    func refusal(_ config: String) throws -> String? {
      try JSONParser.parse(Array(config.utf8)).refusalOfNumbers
    }
    #expect(try refusal(#"{"units": 3, "lora_rank": null, "quantization_config": null}"#) == nil)
    #expect(
      try refusal(#"{"units": 3, "lora_rank": 2, "lora_alpha": 4}"#)
        == "has weights of low rank beside its own ('lora_rank' 2), which are not added here")
    #expect(try refusal(#"{"quantization_config": {"a": 1}}"#)?.hasPrefix("is quantized") == true)
  }
}
