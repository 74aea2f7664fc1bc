#if OneDNN

internal import ModelGraph

/// One step of a model as oneDNN thinks of it: a layer is one or several of them, and after
/// fusion one of them may stand for several layers.
///
/// Tensors are numbered, and keep the order of axes that the model gives them.
struct Operation {
  /// What is computed.
  enum Kind {
    /// Of transposed filters it is the transposed convolution.
    case convolution(Filters, WindowGeometry, channelAxis: Int)
    /// A product along the last of two axes.
    case product(Filters)
    /// A product of two tensors for each place of a batch, and the definition that says so.
    case contraction(MatrixProduct, Definition)
    case pooling(PoolingKind, kernel: [Int], WindowGeometry, channelAxis: Int)
    /// `scale·(x - mean) + shift` for each place along an axis.
    case affine(Affine, axis: Int)
    case combination(Combination)
    /// A tensor combined with numbers that are repeated to its size.
    case constantCombination(Combination, Constant)
    /// Nothing but what follows.
    case functions
    case softmax(axis: Int)
    case resampling(ResamplingKind, channelAxis: Int)
    case concatenation(axis: Int)
    /// Zeros around the spatial axes: before/after pairs, and the definition that says so.
    case padding([Int], channelAxis: Int, Definition)
    /// A sequence and, if they are given, states before the first step; it makes the outputs of all
    /// steps, each at its place, and the states after the last.
    case recurrence(RecurrentWeights, axis: Int, isReversed: Bool)
    /// A normalization along the last axis by its own mean and variance.
    case layerNormalization(Affine, epsilon: Double)
    /// Mean and variance, which no other operation may need.
    case moments(Definition)
    /// The elements along an axis in reverse order, and the definition that says so.
    case reversal(axis: Int, Definition)
    /// The axes in another order: axis `order[i]` becomes axis `i`; and the definition that says so.
    case transposition([Int], Definition)
    /// The same elements in the same order with other axes.
    case reshape
    /// The same tensor.
    case identity
    /// A definition, or a part of one, by its own meaning.
    case reference(Definition, weights: [String: Tensor])
  }

  /// What is done to the result.
  enum Follower {
    case function(ElementFunction)
    /// Another tensor is added.
    case addition(Int)
  }

  var kind: Kind
  var inputs: [Int]
  var outputs: [Int]
  var followers: [Follower] = []
  /// The calls that the operation stands for.
  var calls: [CallPath]
  /// The arithmetic operations of these calls.
  var operationCount = 0

  /// Everything that is read.
  var reads: [Int] {
    inputs
      + followers.compactMap { if case .addition(let value) = $0 { value } else { nil } }
  }
}

extension Operation.Kind {
  /// The arithmetic operations of sums of products, of a result of the given shape; 0 of others.
  func operationCount(_ shape: [Int]) -> Int {
    switch self {
    // What the definition counts: of zeros between its inputs there are no products.
    case .convolution(let filters, _, _) where filters.form == .transposed: 0
    case .convolution(let filters, _, _), .product(let filters):
      // An element of the kernel takes part in one product for each place of its filter's result.
      2 * shape.reduce(1, *) * filters.kernel.elementCount / max(filters.count, 1)
    case .contraction(let product, _): 2 * shape.reduce(1, *) * (product.left.sizes.last ?? 1)
    default: 0
    }
  }
}

/// `scale·(x - mean) + shift` for each place along an axis.
struct Affine: Hashable {
  var scale: [Double]
  var shift: [Double]
  /// What is subtracted first: of numbers that are close to it, nothing is lost.
  var mean: [Double]

  /// A factor and a summand, and what is subtracted before, if anything is.
  init(scale: [Double], shift: [Double], mean: [Double]? = nil) {
    (self.scale, self.shift) = (scale, shift)
    self.mean = mean ?? scale.map { _ in 0 }
  }

  /// Whether float32 has all of its numbers.
  var isFinite: Bool { (scale + shift + mean).allSatisfy { Float($0).isFinite } }

  /// What is added in the end, where nothing is subtracted before.
  var offset: [Double] { scale.indices.map { shift[$0] - scale[$0] * mean[$0] } }

  /// This, and then another.
  func followed(by next: Affine) -> Affine {
    Affine(
      scale: zip(scale, next.scale).map { $0 * $1 },
      shift: scale.indices.map { next.scale[$0] * (shift[$0] - next.mean[$0]) + next.shift[$0] },
      mean: mean)
  }
}

/// Numbers that are known before a run.
struct Constant {
  let sizes: [Int]
  let numbers: [Double]
}

/// The weights of a recurrence.
struct RecurrentWeights {
  /// What a step computes.
  let kind: RecurrenceKind
  /// What the sequence is multiplied with.
  let kernel: Filters
  /// What the state is multiplied with.
  let recurrentKernel: Filters
  /// What is added, for each gate and each unit.
  let bias: [Double]

  /// The size of a state.
  var unitCount: Int { recurrentKernel.kernel.dimensions[0] }
  /// The number of elements of both kernels.
  var elementCount: Int { kernel.kernel.elementCount + recurrentKernel.kernel.elementCount }
}

/// The weights of a convolution or product, and what was folded into them.
struct Filters {
  /// How a kernel is laid out.
  enum Form: Hashable {
    /// `(spatial…, channels ÷ groups, filters)`.
    case groups(Int)
    /// `(spatial…, channels, multiplier)`: a filter for each pair of the last two.
    case depthwise
    /// `(spatial…, filters, channels)`.
    case transposed
    /// `(features, gates·units)`, with so many gates.
    case gates(Int)
    /// `(channels, units)`.
    case product
  }

  /// Tells these filters from all others of the model.
  var name: String
  let kernel: Tensor
  let form: Form
  /// What each filter is multiplied with, if anything.
  var scale: [Double]?
  /// What is added to each filter's sums, if anything.
  var bias: [Double]?

  /// The number of filters.
  var count: Int {
    let sizes = kernel.dimensions
    let (inner, last) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    return switch form {
    case .depthwise: inner * last
    case .transposed: inner
    case .groups, .product, .gates: last
    }
  }

  /// The sums of these filters, scaled and shifted: `scale·(w·x + b) + shift`.
  ///
  /// - Parameter name: Tells them from the same filters with other factors.
  func folding(_ affine: Affine, name: String) -> Filters {
    var folded = self
    folded.name += " \(name)"
    folded.scale = zip(scale ?? affine.scale.map { _ in 1 }, affine.scale).map { $0 * $1 }
    let (bias, offset) = (bias ?? affine.shift.map { _ in 0 }, affine.offset)
    folded.bias = bias.indices.map { bias[$0] * affine.scale[$0] + offset[$0] }
    return folded
  }

  /// Whether float32 has the numbers of what was folded.
  var isFinite: Bool { ((scale ?? []) + (bias ?? [])).allSatisfy { Float($0).isFinite } }
}

#endif
