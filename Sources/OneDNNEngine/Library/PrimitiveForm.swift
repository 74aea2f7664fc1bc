#if OneDNN

/// All that a primitive is made of: two of the same form do the same to whatever they are given.
enum PrimitiveForm: Hashable {
  case convolution(
    Layout, weights: Layout, bias: Layout?, destination: Layout, WindowGeometry,
    isTransposed: Bool, [Follower])
  case product(Layout, weights: Layout, bias: Layout?, destination: Layout, [Follower])
  case pooling(PoolingKind, Layout, destination: Layout, kernel: [Int], WindowGeometry)
  case normalization(Layout, thenReLU: Bool)
  case function(ElementFunction, Layout)
  case combination(Combination, Layout, Layout, destination: Layout)
  case softmax(Layout, axis: Int)
  case resampling(ResamplingKind, Layout, destination: Layout)
  case concatenation([Layout], axis: Int)
  case recurrence(RecurrenceForm)
  case matrixProduct(Layout, Layout, destination: Layout, [Follower])
  case layerNormalization(Layout, epsilon: Float)
  case reorder(Layout, to: Layout)
}

extension DNNPrimitive {
  /// Compiles a primitive of a form.
  convenience init(_ form: PrimitiveForm) throws(OneDNNError) {
    switch form {
    case .convolution(
      let source, let weights, let bias, let destination, let window, let isTransposed,
      let followers):
      try self.init(
        convolution: source, weights: weights, bias: bias, destination: destination,
        geometry: window, isTransposed: isTransposed, followers: followers)
    case .product(let source, let weights, let bias, let destination, let followers):
      try self.init(
        product: source, weights: weights, bias: bias, destination: destination,
        followers: followers)
    case .pooling(let kind, let source, let destination, let kernel, let window):
      try self.init(
        pooling: kind, source, destination: destination, kernel: kernel, geometry: window)
    case .normalization(let layout, let thenReLU):
      try self.init(normalization: layout, thenReLU: thenReLU)
    case .function(let function, let layout): try self.init(function: function, layout)
    case .combination(let combination, let left, let right, let destination):
      try self.init(combination, left, right, destination: destination)
    case .softmax(let layout, let axis): try self.init(softmax: layout, axis: axis)
    case .resampling(let kind, let source, let destination):
      try self.init(resampling: kind, source, destination: destination)
    case .concatenation(let sources, let axis): try self.init(concatenating: sources, axis: axis)
    case .recurrence(let form): try self.init(form)
    case .matrixProduct(let left, let right, let destination, let followers):
      try self.init(
        matrixProduct: left, right, destination: destination, followers: followers)
    case .layerNormalization(let layout, let epsilon):
      try self.init(layerNormalization: layout, epsilon: epsilon)
    case .reorder(let source, let destination): try self.init(from: source, to: destination)
    }
  }
}

/// The primitives of a program, each compiled once however many calls run it.
///
/// A model of a few kilobytes may call one layer 65,000 times, and each primitive has machine code
/// of its own.
final class PrimitivePool {
  private var primitives: [PrimitiveForm: DNNPrimitive] = [:]

  /// The primitive of a form.
  func primitive(_ form: PrimitiveForm) throws(OneDNNError) -> DNNPrimitive {
    if let known = primitives[form] { return known }
    let primitive = try DNNPrimitive(form)
    primitives[form] = primitive
    return primitive
  }
}

#endif
