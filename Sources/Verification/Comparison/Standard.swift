internal import ModelGraph

/// A tensor that another is held against, and what is known of its rounding.
struct Standard {
  /// The tensor.
  var array: NDArray<Double>
  /// The type that its source computes in.
  var source: DType
  /// The type of real numbers that its source makes integers and truth values of.
  var computed: DType = .float32
  /// The type that it is stored in.
  var stored: DType
  /// Whether that type can hold what the source computes.
  var isPrecise = true
  /// The type that holds the inputs and weights it was made of.
  var given: DType
}

extension Standard {
  /// A tensor that was recorded.
  ///
  /// - Parameter source: The type that its source computes in.
  init(_ recorded: Tensor, source: DType) throws {
    self.init(recorded, try recorded.array(), source: source)
  }

  /// A tensor that was recorded, and its elements.
  ///
  /// - Parameters:
  ///   - source: The type that its source computes in.
  ///   - computed: The type of real numbers that it makes integers and truth values of.
  init(
    _ recorded: Tensor, _ elements: NDArray<Double>, source: DType, computed: DType = .float32
  ) {
    array = elements
    self.source = source
    self.computed = computed
    stored = recorded.dtype
    isPrecise = recorded.canHold(source)
    given = recorded.dtype
  }

  /// What the reference pass makes in float64.
  ///
  /// - Parameter given: The type that holds its inputs and weights.
  init(_ made: NDArray<Double>, given: DType) {
    array = made
    source = .float64
    computed = .float64
    stored = .float64
    self.given = given
  }

  /// Whether it is stored in a type of fewer integers than its source has, without some that were found:
  /// what JAX stores as `int32` of `int64` has wrapped around.
  func lacks(_ found: NDArray<Double>) -> Bool {
    stored.isNarrowerInteger(than: source)
      && found.elements.contains(where: stored.foreign(to: Double.self))
  }

  /// Whether units in the last place are float64's, for an engine that computes in a type.
  func countsDoubleUnits(for own: DType) -> Bool { stored == .float64 && own == .float64 }
}

extension Tensor {
  /// An array in the type that an engine is fed: float64 where it computes in that, else float32.
  init(_ array: NDArray<Double>, for engine: any Engine) {
    self = engine.dtype == .float64 ? Tensor(array) : Tensor(array.single)
  }
}

extension NDArray<Double> {
  /// The array rounded to float32.
  var single: NDArray<Float> { mapped { Float($0) } }

  /// The same array with its elements rounded to float32.
  var roundedToFloat32: NDArray { mapped { Double(Float($0)) } }
}

extension NDArray {
  /// The same numbers in float64.
  var inDouble: NDArray<Double> { mapped { Double($0) } }
}
