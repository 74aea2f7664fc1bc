internal import ModelGraph

/// What a layer computes in, as its configuration's `dtype` says: a type's name, or a policy in any of
/// its forms.
struct TypePolicy {
  private let value: JSONValue?

  init(_ value: JSONValue?) { self.value = value }

  var name: String? { value?.string ?? value?["config"]?["name"]?.string }

  /// The type of the arithmetic.
  var computeType: DType {
    switch name ?? "float32" {
    case "mixed_float16": .float16
    case "mixed_bfloat16": .bfloat16
    // Nothing is computed in text.
    case let name: DType(rawValue: name).flatMap { $0 == .string ? nil : $0 } ?? .float32
    }
  }

  /// The type that an input of that policy is fed.
  var fedType: DType { name == DType.string.rawValue ? .string : computeType }

  /// Why nothing is computed by the policy here, to follow "it".
  var refusal: String? {
    // Keras 3 writes what is quantized by classes of its own, and wrote it by names.
    let mode = value?["config"]?["mode"]?.string ?? name.flatMap(Self.quantizedMode)
    if let mode { return "is quantized ('\(mode)'), of which nothing is computed here" }
    let isKnown =
      name.map { Self.names.contains($0) || DType(rawValue: $0) != nil || $0 == "string" } ?? true
    return isKnown ? nil : "computes in '\(name ?? "")', which is not known here"
  }

  private static let names: Set = ["mixed_float16", "mixed_bfloat16", "infer", "_infer"]

  /// `int8` of `int8_from_float32`.
  private static func quantizedMode(_ name: String) -> String? {
    let parts = name.split(separator: "_from_", omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[0]) : nil
  }
}

extension JSONValue {
  /// Why a layer with this configuration computes otherwise than one of its class, to follow "it".
  var refusalOfNumbers: String? {
    if let refusal = TypePolicy(self["dtype"]).refusal { return refusal }
    if let rank = self["lora_rank"], rank != .null {
      return
        "has weights of low rank beside its own ('lora_rank' \(rank.excerpt)), which are not added "
        + "here"
    }
    guard let quantization = self["quantization_config"], quantization != .null else { return nil }
    return "is quantized ('quantization_config'), of which nothing is computed here"
  }
}
