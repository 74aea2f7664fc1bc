/// Texts, or integers as they are written, by their hash: one of so many bins.
///
/// The hash is FarmHash's fingerprint, or SipHash-2-4 with a salt. What is masked has the first bin by
/// itself, where there is more than one. As `keras/src/layers/preprocessing/hashing.py`.
///
/// Input of any shape; the bins, integers of that shape, are tokens of which something may be made: see
/// ``TokenOutput``.
public struct Hashing: UnaryLayer, TextLayer, DeclaredLayer, TokenLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Hashing"

  /// What stands for nothing.
  public enum Mask: Hashable, Sendable {
    case text(String)
    case number(Int)
  }

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// How many bins there are.
  public internal(set) var binCount: Int
  /// What stands for nothing; `nil` for none.
  public internal(set) var mask: Mask?
  /// The key of the hash, two words; none for FarmHash's fingerprint.
  public internal(set) var salt: [Int]
  /// What is made of the bins.
  public internal(set) var output: TokenOutput
  /// The type of the bins themselves.
  public internal(set) var indexType: DType

  /// Makes the layer, with the defaults of Keras.
  public init(
    _ binCount: Int, mask: Mask? = nil, salt: [Int] = [], output: TokenOutput = .number,
    indexType: DType = .int64, name: String? = nil
  ) {
    self.binCount = binCount
    self.mask = mask
    self.salt = salt
    self.output = output
    self.indexType = indexType
    declaration = LayerDeclaration(name: name)
  }

  /// No bins.
  public static var prototype: Hashing { Hashing(0) }

  /// The attributes.
  public static let fields: [AttributeField<Hashing>] = [
    .count("num_bins", \.binCount, isRequired: true)
      .expecting("less than 2³¹, and at most \(Constant.maximumElementCount) that are counted") {
        $0.binCount <= ($0.output == .number ? Int(Int32.max) : Constant.maximumElementCount)
      },
    AttributeField(
      "mask_value", .text,
      read: { attributes, layer throws(ModelError) in
        switch attributes["mask_value"] {
        case .int(let number): layer.mask = .number(number)
        case nil: break
        default: layer.mask = .text(try attributes.string("mask_value"))
        }
      },
      write: { layer, attributes in
        switch layer.mask {
        case .text(let text): attributes["mask_value"] = .string(text)
        case .number(let number): attributes["mask_value"] = .int(number)
        case nil: break
        }
      }),
    .ints("salt", \.salt).expecting("two integers, or none") { [0, 2].contains($0.salt.count) },
    .choice("output_mode", \.output)
      .expecting("'int', 'one_hot', 'multi_hot' or 'count'") { $0.output != .weighted },
    .indexType(\.indexType),
  ]

  /// Integers, unless something is made of them.
  package var elementType: DType { output == .number ? indexType : .float32 }

  /// The bins.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try definition.expectFeature(x)
    var places = TextPlaces(unknownCount: binCount, salt: salt)
    switch mask {
    case .text(let text) where x.type.isText: places.mask = Array(text.utf8)
    case .number(let number) where !x.type.isText: places.mask = Array("\(number)".utf8)
    case nil: break
    case .text, .number:
      throw .argument(
        "inputs", found: x.type.isText ? "text" : "integers",
        expected: "\(x.type.isText ? "integers" : "text"), as 'mask_value' is")
    }
    if binCount == 1 { places.mask = nil }
    if places.mask != nil {
      places.unknownStart = 1
      places.unknownCount -= 1
    }
    let bins = try definition.apply(
      Primitives.TextPlacement(places, takesText: x.type.isText), to: x)
    guard output != .number else {
      return try definition.apply(Primitives.Conversion(to: indexType), to: bins)
    }
    return try definition.encoding(bins, as: output, count: binCount)
  }
}

extension AttributeField {
  /// The type of places that are a hash, which the type of the layer says.
  static func indexType(_ path: any FieldPath<Root, DType>) -> AttributeField {
    let field = deviation("index_type", path, from: .int64)
    return field.expecting("'int32' or 'int64'") { [.int32, .int64].contains($0[keyPath: path]) }
  }
}

extension Definition {
  /// Says that an input has to be text, or integers that every engine has exactly.
  mutating func expectFeature(_ x: Value) throws(ModelError) {
    guard x.type.isText || x.type.dtype.isInteger else {
      throw .argument(
        "inputs", found: "elements of \(x.type.dtype)", expected: "text or integers")
    }
    try expect(x, in: x.type.isText ? 0..<256 : 1 - (1 << 24)..<1 << 24)
  }
}
