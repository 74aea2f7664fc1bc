#if OneDNN

internal import COneDNN

/// How a window moves over the spatial axes of an input.
struct WindowGeometry: Hashable {
  var strides: [Int]
  var dilations: [Int]
  /// The zeros before and after the input, for each spatial axis; of a transposed convolution, the
  /// outputs that are cut off, fewer than none where there are more than anything is put into.
  var before: [Int]
  var after: [Int]
}

/// How two tensors are combined, element by element.
enum Combination {
  case add, subtract, multiply, divide, maximum, minimum

  fileprivate var kind: dnnl_alg_kind_t {
    switch self {
    case .add: dnnl_binary_add
    case .subtract: dnnl_binary_sub
    case .multiply: dnnl_binary_mul
    case .divide: dnnl_binary_div
    case .maximum: dnnl_binary_max
    case .minimum: dnnl_binary_min
    }
  }
}

/// What is taken of the elements under a window.
enum PoolingKind {
  /// The largest; what is outside of the input does not count.
  case maximum
  /// The mean of those inside of the input.
  case mean
  /// The mean of all, with zeros outside of the input.
  case meanWithZeros

  fileprivate var kind: dnnl_alg_kind_t {
    switch self {
    case .maximum: dnnl_pooling_max
    case .mean: dnnl_pooling_avg_exclude_padding
    case .meanWithZeros: dnnl_pooling_avg_include_padding
    }
  }
}

/// How an image is enlarged.
enum ResamplingKind {
  case nearest, linear

  fileprivate var kind: dnnl_alg_kind_t {
    self == .nearest ? dnnl_resampling_nearest : dnnl_resampling_linear
  }
}

// All tensors are `(batch, channels, spatial…)`, whatever their order in memory.
extension DNNPrimitive {
  /// A convolution, or a transposed one; weights `([groups,] filters, channels, spatial…)`.
  convenience init(
    convolution source: Layout, weights: Layout, bias: Layout?, destination: Layout,
    geometry: WindowGeometry, isTransposed: Bool, followers: [Follower]
  ) throws(OneDNNError) {
    let convolution = unsafe isTransposed ? onednn_deconvolution : onednn_convolution
    try unsafe self.init("convolve \(source.sizes)", followers: followers) { made, attributes in
      unsafe convolution(
        &made, Library.engine, attributes, source.handle, weights.handle, bias?.handle,
        destination.handle, geometry.strides.map(Int64.init),
        // oneDNN counts what lies between two elements of the kernel.
        geometry.dilations.map { Int64($0 - 1) }, geometry.before.map(Int64.init),
        geometry.after.map(Int64.init))
    }
  }

  /// A product of `(batch, channels)` with weights `(units, channels)`.
  convenience init(
    product source: Layout, weights: Layout, bias: Layout?, destination: Layout,
    followers: [Follower]
  ) throws(OneDNNError) {
    try unsafe self.init("multiply \(source.sizes)", followers: followers) { made, attributes in
      unsafe onednn_inner_product(
        &made, Library.engine, attributes, source.handle, weights.handle, bias?.handle,
        destination.handle)
    }
  }

  /// A product of matrices `(batch…, rows, inner)` and `(batch…, inner, columns)` for each place of the
  /// batch.
  convenience init(
    matrixProduct left: Layout, _ right: Layout, destination: Layout, followers: [Follower]
  ) throws(OneDNNError) {
    try unsafe self.init("multiply \(left.sizes)", followers: followers) { made, attributes in
      unsafe onednn_matrix_product(
        &made, Library.engine, attributes, left.handle, right.handle, destination.handle)
    }
  }

  /// A pool; `kernel` is the size of the window.
  convenience init(
    pooling kind: PoolingKind, _ source: Layout, destination: Layout, kernel: [Int],
    geometry: WindowGeometry
  ) throws(OneDNNError) {
    try unsafe self.init("pool \(source.sizes)") { made, attributes in
      unsafe onednn_pooling(
        &made, Library.engine, attributes, kind.kind, source.handle, destination.handle,
        geometry.strides.map(Int64.init), kernel.map(Int64.init),
        geometry.before.map(Int64.init), geometry.after.map(Int64.init))
    }
  }

  /// `(x - mean) ÷ √variance·scale + shift` for each channel, then `max(x, 0)` if asked for.
  convenience init(normalization layout: Layout, thenReLU: Bool) throws(OneDNNError) {
    try unsafe self.init("normalize \(layout.sizes)") { made, attributes in
      unsafe onednn_batch_normalization(
        &made, Library.engine, attributes, layout.handle, 0, thenReLU ? 1 : 0)
    }
  }

  /// `(x - mean) ÷ √(variance + epsilon)·scale + shift`, with the mean and the variance along the
  /// last axis.
  convenience init(layerNormalization layout: Layout, epsilon: Float) throws(OneDNNError) {
    try unsafe self.init("normalize \(layout.sizes)") { made, attributes in
      unsafe onednn_layer_normalization(
        &made, Library.engine, attributes, layout.handle, epsilon)
    }
  }

  /// A function of each element.
  convenience init(function: ElementFunction, _ layout: Layout) throws(OneDNNError) {
    try unsafe self.init("apply a function to \(layout.sizes)") { made, attributes in
      unsafe onednn_function(
        &made, Library.engine, attributes, function.kind.kind, layout.handle, function.alpha,
        function.beta)
    }
  }

  /// Two tensors combined; the second may have axes of size 1 that are repeated.
  convenience init(
    _ combination: Combination, _ left: Layout, _ right: Layout, destination: Layout
  ) throws(OneDNNError) {
    try unsafe self.init("combine \(left.sizes)") { made, attributes in
      unsafe onednn_binary(
        &made, Library.engine, attributes, combination.kind, left.handle, right.handle,
        destination.handle)
    }
  }

  /// The softmax along an axis.
  convenience init(softmax layout: Layout, axis: Int) throws(OneDNNError) {
    try unsafe self.init("take the softmax of \(layout.sizes)") { made, attributes in
      unsafe onednn_softmax(
        &made, Library.engine, attributes, dnnl_softmax_accurate, layout.handle, Int32(axis))
    }
  }

  /// An enlarged image.
  convenience init(
    resampling kind: ResamplingKind, _ source: Layout, destination: Layout
  ) throws(OneDNNError) {
    try unsafe self.init("resize \(source.sizes)") { made, attributes in
      unsafe onednn_resampling(
        &made, Library.engine, attributes, kind.kind, source.handle, destination.handle)
    }
  }

  /// Tensors one after the other along an axis.
  convenience init(concatenating sources: [Layout], axis: Int) throws(OneDNNError) {
    try unsafe self.init("join tensors") { made, attributes in
      unsafe sources.map { unsafe $0.handle as onednn_layout? }.withUnsafeBufferPointer { handles in
        unsafe onednn_concatenation(
          &made, Library.engine, attributes, Int32(handles.count), Int32(axis),
          handles.baseAddress)
      }
    }
  }

  /// A tensor in another layout.
  convenience init(from source: Layout, to destination: Layout) throws(OneDNNError) {
    try unsafe self.init("reorder \(source.sizes)") { made, attributes in
      unsafe onednn_reorder(
        &made, Library.engine, attributes, source.handle, destination.handle)
    }
  }
}

#endif
