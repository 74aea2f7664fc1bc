import TestSupport
import Testing

@testable import ModelLayers

/// Text as tensors, its hashes, and the layers that take it.
@Suite struct TextTests {
  /// What TensorFlow 2.15 makes of the first so many characters, in 2⁶² buckets: `to_hash_bucket_fast`, and
  /// `to_hash_bucket_strong` with the key 133, 137.
  private static let hashes: [(count: Int, fast: UInt64, strong: UInt64)] = [
    (0, 1_936_946_117_179_621_455, 316_627_932_347_062_996),
    (1, 3_694_432_073_954_588_131, 2_466_253_977_694_453_450),
    (3, 2_640_714_258_260_161_385, 2_288_159_068_006_480_041),
    (4, 1_897_425_971_756_105_985, 3_196_519_216_900_852_167),
    (7, 4_341_691_227_789_030_229, 1_733_789_709_272_385_407),
    (8, 4_533_385_575_889_643_785, 210_173_030_064_361_732),
    (16, 1_469_030_743_107_030_717, 2_540_178_693_098_969_412),
    (17, 2_171_023_947_900_359_592, 2_624_051_166_598_865_710),
    (32, 934_449_955_909_727_258, 1_440_154_576_784_840_432),
    (33, 3_791_661_765_545_721_355, 795_248_294_650_956_663),
    (64, 3_646_545_258_579_766_308, 941_225_485_998_302_751),
    (65, 3_889_391_544_646_074_891, 1_669_816_311_921_071_172),
    (128, 2_056_131_915_184_924_913, 4_276_671_768_910_381_729),
    (200, 3_225_094_344_678_046_759, 1_106_674_257_569_022_393),
  ]

  @Test(arguments: hashes)
  func `hashes are TensorFlow's, for each range of lengths`(
    _ count: Int, _ fast: UInt64, _ strong: UInt64
  ) {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let bytes = (0..<count).map { alphabet[$0 % alphabet.count] }
    #expect(FarmHash.fingerprint(bytes) % (1 << 62) == fast)
    #expect(SipHash.hash(bytes, key: (133, 137)) % (1 << 62) == strong)
  }

  private func array(_ texts: [String], _ dimensions: [Int]) throws -> NDArray<Double> {
    try Tensor(texts: texts, dimensions).array()
  }

  private func run(
    _ layer: some Layer, _ inputs: [NDArray<Double>], text: Set<Int> = [0]
  ) throws -> [Double] {
    let types = inputs.enumerated().map {
      TensorType($1.shape, text.contains($0) ? .string : .int64)
    }
    let definition = try layer.definition(for: types)
    try definition.check(inputs)
    let made = definition.values(inputs, Parameters())
    try definition.check(results: made)
    // The same in the precision of engines.
    let single = definition.values(
      inputs.map { NDArray($0.dimensions, $0.elements.map { Float($0) }) }, Parameters())
    #expect(single[0].elements.map { Double($0) } == made[0].elements)
    #expect(made[0].shape == definition.outputs[0].shape)
    return made[0].elements
  }

  @Test func `a tensor of texts is their bytes`() throws {
    let tensor = try Tensor(texts: ["ab", "", "ü"], [3, 1])
    #expect(tensor.dtype == .string && tensor.dimensions == [3, 1, 2])
    #expect(try tensor.array(Double.self).elements == [97, 98, 0, 0, 195, 188])
    #expect(try tensor.texts() == [[97, 98], [], [195, 188]])
    #expect(try Tensor(texts: [String](), [0, 2]).dimensions == [0, 2, 1])
    #expect(try Tensor(NDArray<Float>([1], [3])).texts() == nil)
  }

  @Test func `texts that no tensor holds are refused`() {
    #expect(
      refusal { try Tensor(texts: ["a", "b\0"], [2]) }
        == "text 1 ends in a null, which no file keeps")
    #expect(refusal { try Tensor(texts: ["a"], [2]) }.contains("do"))
    let long = [[UInt8](repeating: 97, count: 1 << 16)] + [[UInt8]](repeating: [], count: 1 << 10)
    #expect(
      refusal { try Tensor(texts: long, [long.count]) }
        == "output of shape [1025, 65536] has more than 67108864 elements")
    #expect(refusal { try Constant([97], dimensions: [1], dtype: .string) }.contains("text"))
  }

  @Test func `text is for layers of text alone, and numbers for none of them`() throws {
    let text = TensorType([nil, 1, nil], .string)
    for layer: any Layer in [Dense(2), Flatten(), Add(), Discretization([0]), Reshape([1])] {
      #expect(
        refusal { try layer.definition(for: [text]) }
          == "is called with inputs=text; expected numbers", "\(layer.kind)")
    }
    let shape = try Operation("Shape", attributes: [:])
    #expect(
      refusal { try shape.definition(for: [text]) }
        == "is called with inputs=text; expected numbers")
    #expect(
      refusal { try StringLookup(["a"]).definition(for: [TensorType([nil, 1])]) }
        == "is called with inputs=numbers; expected text")
    #expect(
      refusal { try Hashing(3).definition(for: [TensorType([nil, 1])]) }
        == "is called with inputs=elements of float32; expected text or integers")
    #expect(
      refusal {
        try Operation("Cast", attributes: ["dtype": .string("string")]).definition(for: [[nil]])
      }
      .contains("expected a type of numbers"))
    // A program may feed what is no byte.
    #expect(
      refusal { try run(StringLookup(["a"]), [NDArray([1, 1], [300])]) }
        == "is given the element 300.0; expected 0 to 255")
  }

  @Test func `a text has the place of the vocabulary, or one for others`() throws {
    // One character or two: not the same bytes.
    let x = try array(["cat", "é", "e\u{301}", "", "cow", "cat\0s"], [2, 3])
    #expect(try run(StringLookup(["cat", "é"]), [x]) == [1, 2, 0, 0, 0, 0])
    #expect(try run(StringLookup(["cat", "e\u{301}"], maskToken: ""), [x]) == [2, 1, 3, 0, 1, 1])
    #expect(
      try run(StringLookup(["", "?", "cat"], maskToken: "", unknownToken: "?"), [x])
        == [2, 1, 1, 0, 1, 1])
    let others = try run(StringLookup(["cat"], unknownCount: 5, salt: [3, 4]), [x])
    #expect(
      others[4] == Double(SipHash.hash(Array("cow".utf8), key: (3, 4)) % 5) && others[0] == 5)
    let counts = StringLookup(["cat", "é"], maskToken: "", output: .count, width: 4)
    #expect(try run(counts, [x]) == [1, 1, 1, 0, 2, 0, 0, 0])
    #expect(
      try counts.definition(for: [TensorType([nil, 3, nil], .string)]).outputs[0].type.dtype
        == .int64)
    let weighted = StringLookup(["cat", "é"], output: .weighted, weights: [0.25, 0.75])
    #expect(try run(weighted, [x]) == [0.5, 0.25, 0.75, 1.5, 0, 0])
    #expect(
      refusal { try run(StringLookup(["cat"], unknownCount: 0), [x]) }
        == "is given the text 'é'; expected one of its vocabulary of 1: it has no place for others, as it "
        + "has with 'num_oov_indices' of 1")
    let known = try array(["cat", "", "cat"], [1, 3])
    #expect(try run(StringLookup(["cat"], unknownCount: 0, maskToken: ""), [known]) == [1, 0, 1])
  }

  @Test func `inverted, what stands for other texts is where the vocabulary has no place`() throws {
    func texts(
      _ layer: StringLookup, _ places: [Double], _ type: DType = .int64
    ) throws -> [String] {
      let x = NDArray([1, places.count], places)
      let definition = try layer.definition(for: [TensorType([nil, places.count], type)])
      let made = definition.values([x], Parameters())
      try definition.check(results: made)
      #expect(
        definition.outputs[0].type
          == TensorType([nil, places.count, made[0].dimensions[2]], .string))
      return try #require(try Tensor(made[0], isText: true).texts()).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    let words = ["cat", "é", "e\u{301}"]
    #expect(
      try texts(StringLookup(words, invert: true), [3, 0, 1, 2, 4, -1, 0x1p50])
        == ["e\u{301}", "[UNK]", "cat", "é", "[UNK]", "[UNK]", "[UNK]"])
    let masked = StringLookup(
      words, unknownCount: 2, maskToken: "", unknownToken: "?", invert: true)
    #expect(
      try texts(masked, [0, 1, 2, 3, 5, 6, -1]) == ["", "?", "?", "cat", "e\u{301}", "?", "?"])
    let whole = StringLookup(
      ["", "?", "cat"], maskToken: "", unknownToken: "?", invert: true)
    #expect(try texts(whole, [0, 1, 2, 3]) == ["", "?", "cat", "?"])
    let alone = StringLookup(words, unknownCount: 0, invert: true)
    #expect(
      try texts(alone, [0.9, -0.9, 2.5, 1.5, -1], .float32) == [
        "cat", "cat", "e\u{301}", "é", "[UNK]",
      ])
    #expect(refusal { try texts(alone, [.nan], .float32) }.contains("comes upon nan"))
    #expect(
      refusal { try alone.definition(for: [TensorType([nil, 2, nil], .string)]) }
        == "is called with inputs=text; expected places: it is inverted")
  }

  @Test func `texts and integers are hashed as they are written`() throws {
    func bin(_ text: String, _ count: UInt64) -> Double {
      Double(FarmHash.fingerprint(Array(text.utf8)) % count)
    }
    let x = try array(["a", "cow"], [2, 1])
    let numbers = NDArray<Double>([2, 1], [-7, 1_234_567])
    #expect(try run(Hashing(97), [x]) == [bin("a", 97), bin("cow", 97)])
    #expect(try run(Hashing(97, mask: .text("cow")), [x]) == [1 + bin("a", 96), 0])
    #expect(try run(Hashing(1, mask: .text("cow")), [x]) == [0, 0])
    #expect(
      try run(Hashing(97, mask: .number(-7)), [numbers], text: []) == [0, 1 + bin("1234567", 96)])
    #expect(
      refusal { try run(Hashing(9, mask: .number(3)), [x]) }.contains("is called with inputs=text"))
    #expect(
      refusal { try run(Hashing(9), [NDArray([1], [0x1p24])], text: []) }.contains(
        "is given the element"))
    // TensorFlow's, of SparseCross.
    let other = try array(["x", "y"], [2, 1])
    let first = try array(["a", "b"], [2, 1])
    let many = HashedCrossing(1 << 22)
    #expect(
      try run(many, [first, other], text: [0, 1])
        == [601_432_119_916, 764_614_114_557].map { Double($0 % (1 << 22)) })
    let mixed = [first, NDArray<Double>([2, 1], [1, -2]), try array(["q", "r"], [2, 1])]
    #expect(try run(HashedCrossing(1000), mixed, text: [0, 2]) == [576, 268])
    #expect(
      refusal { try run(HashedCrossing(9), [x]) } == "has 1 inputs; expected at least 2")
  }

  @Test func `tokens are cut, joined and counted`() throws {
    let x = try array(["  The\tcat, the CAT!", "a-b the"], [2, 1])
    let words = ["the", "cat", "ab", "the cat"]
    func layer(_ output: TokenOutput, _ widths: [Int] = [], length: Int = 0) -> TextVectorization {
      TextVectorization(words, widths: widths, output: output, outputLength: length)
    }
    #expect(try run(layer(.number, length: 5), [x]) == [2, 3, 2, 3, 0, 4, 2, 0, 0, 0])
    #expect(try run(layer(.number, length: 1), [x]) == [2, 4])
    #expect(try run(layer(.number, [2, 1], length: 4), [x]) == [5, 1, 5, 2, 1, 4, 2, 0])
    #expect(try run(layer(.count, [1, 2]), [x]) == [1, 2, 2, 0, 2, 1, 1, 0, 1, 0])
    #expect(try run(layer(.multiHot), [x]) == [0, 1, 1, 0, 0, 0, 1, 0, 1, 0])
    let lower = TextVectorization(["cat,"], standard: .lower, outputLength: 2)
    #expect(try run(lower, [x]) == [1, 2, 1, 1])
    let tokens = TextVectorization(["a", "b a"], standard: .none, split: .none, widths: [1, 2])
    #expect(try run(tokens, [array(["a", "b", "a"], [1, 3])]) == [2, 1, 2, 1, 3])
    let characters = TextVectorization(
      ["é", "\u{FFFD}"], standard: .none, split: .character, outputLength: 4)
    let bytes: [UInt8] = Array("é".utf8) + [0xE2, 0x82, 0xFF]
    #expect(try run(characters, [Tensor(texts: [bytes], [1]).array()]) == [2, 3, 3, 0])
    // Some versions of TensorFlow replace it.
    #expect(
      refusal { try run(characters, [array(["a\u{FFFF}"], [1])]) }
        .contains("comes upon nan on the way to int64"))
  }

  @Test func `settings that text cannot have are refused`() {
    func isRefused(_ layer: any Layer.Type, _ attributes: Attributes) -> Bool {
      refusal { try layer.init(attributes: attributes) }.contains("expected")
    }
    func lookup(_ vocabulary: [String], _ more: Attributes = [:]) -> Bool {
      let attributes: Attributes = ["vocabulary": .strings(vocabulary)]
      return isRefused(StringLookup.self, attributes.merging(more))
    }
    #expect(lookup([]) && lookup(["a", "a"]) && lookup(["a\0"]))
    #expect(lookup(["a"], ["mask_token": .string("a")]))
    #expect(lookup(["a"], ["salt": .ints([1])]))
    #expect(lookup(["a"], ["num_oov_indices": .int(.max)]))
    #expect(lookup(["a"], ["max_tokens": .int(1)]))
    #expect(lookup(["a"], ["count_type": .string("string")]))
    #expect(lookup(["a"], ["invert": .bool(true), "output_mode": .string("count")]))
    #expect(lookup(["a", "[UNK]"], ["invert": .bool(true)]) && !lookup(["a", "[UNK]"]))
    #expect(lookup(["a"], ["invert": .bool(true), "mask_token": .string("m\0")]))
    let long = String(repeating: "a", count: 1 << 18)
    #expect(lookup([long, "b", "c"], ["invert": .bool(true)]) && !lookup([long, "b", "c"]))
    #expect(!lookup([long, "b"], ["invert": .bool(true)]))
    // Different bytes are different texts, whatever Unicode says.
    #expect(!lookup(["é", "e\u{301}"]))
    #expect(isRefused(Hashing.self, ["num_bins": .int(0)]))
    #expect(isRefused(Hashing.self, ["num_bins": .int(.max)]))
    #expect(isRefused(Hashing.self, ["num_bins": .int(2), "output_mode": .string("tf_idf")]))
    #expect(isRefused(Hashing.self, ["num_bins": .int(1 << 22), "output_mode": .string("count")]))
    #expect(isRefused(HashedCrossing.self, ["num_bins": .int(2), "output_mode": .string("count")]))
    func vectorization(_ more: Attributes) -> Bool {
      let attributes: Attributes = ["vocabulary": .strings(["a"])]
      return isRefused(TextVectorization.self, attributes.merging(more))
    }
    #expect(vectorization([:]))
    #expect(vectorization(["output_sequence_length": .int(-1)]))
    #expect(vectorization(["output_mode": .string("one_hot")]))
    #expect(vectorization(["output_mode": .string("count"), "ngrams": .ints([0])]))
    #expect(vectorization(["output_mode": .string("count"), "ngrams": .ints(Array(1...65))]))
    #expect(!vectorization(["output_mode": .string("count"), "ngrams": .ints([1, 2])]))
  }

  @Test func `vocabularies are the same byte by byte`() {
    let (one, two) = ("\u{e9}", "e\u{301}")
    #expect(one == two)
    #expect(AttributeValue.strings([one]) != .strings([two]))
    #expect(AttributeValue.string(one) != .string(two))
    #expect(AttributeValue.strings([one, two]) == .strings([one, two]))
    #expect(AttributeValue.strings([one]) != .strings([one, one]))
  }
}
