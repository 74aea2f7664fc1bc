internal import OrderedCollections

/// What one of the convolutions computes, along one axis and along two.
protocol ConvolutionFormula: Hashable, Sendable {
  var window: ConvolutionWindow { get }
  /// The complete canonical attributes.
  var attributes: Attributes { get }
  func parameters(for input: Shape) throws(ModelError) -> [ParameterSpecification]
  func outputShape(for input: Shape) throws(ModelError) -> Shape
  func operationCount(for input: Shape) throws(ModelError) -> Int
}

extension Convolution: ConvolutionFormula {}
extension DepthwiseConvolution: ConvolutionFormula {}
extension SeparableConvolution: ConvolutionFormula {}

/// A layer that is a convolution: of an input `(batch, spatial…, channels)` or, channels first,
/// `(batch, channels, spatial…)`.
protocol ConvolutionLayer: Layer {
  associatedtype Formula: ConvolutionFormula
  var convolution: Formula { get }
}

extension ConvolutionLayer {
  /// The complete canonical attributes.
  public var attributes: Attributes { convolution.attributes }

  /// The weights for the input's channels.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    try convolution.parameters(for: singleInput(inputs))
  }

  /// The shape of the output: the input's axes, of other sizes.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    [try convolution.outputShape(for: singleInput(inputs))]
  }

  /// The zeros around the input: before and after along each spatial axis.
  public func explicitPadding(for inputs: [Shape]) throws(ModelError) -> [Int] {
    try convolution.window.explicitPadding(for: singleInput(inputs))
  }

  /// Two operations for each weight that an element of the output is made with.
  public func operationCount(for inputs: [Shape]) throws(ModelError) -> Int {
    try convolution.operationCount(for: singleInput(inputs))
  }
}
