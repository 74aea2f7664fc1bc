/// A convolution along `rank` axes whose weights are others at each place.
///
/// ```
/// y[b, o, f] = activation(Σ x[b, o·s + p - before, c]·kernel[o, p, c, f] + bias[o, f])
/// ```
///
/// for the places o of the output, the elements p of the kernel inside the input, and the channels c;
/// with `same` padding `before` is half of the kernel's size, rounded down. Input
/// `(batch, spatial…, channels)` or, channels first, `(batch, channels, spatial…)`. Keras 2 alone has
/// it: `keras/src/layers/locally_connected`.
///
/// Weights: kernel, as ``Implementation`` says; bias `(places…, filters)`, which channels first is read
/// row by row as `(filters, places…)`.
public struct LocallyConnected<let rank: Int>: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { "LocallyConnected\(rank)D" }

  /// How the kernel is stored.
  ///
  /// Input and output have their axes in the order of the data format.
  public enum Implementation: Int, CaseIterable, Hashable, Sendable {
    /// `(places, elements under the kernel, filters)`; without padding alone.
    case patches = 1
    /// `(input…, output…)`, of which what no window sees has no effect.
    case dense = 2
    /// One number for each element of the output and each of the input that its window sees.
    case sparse = 3
  }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of filters, which is that of the output's channels.
  public internal(set) var filters = 0
  /// The size of the kernel along each spatial axis.
  public internal(set) var kernelSize: [Int] = []
  /// The distances between two windows.
  public internal(set) var strides = Array(repeating: 1, count: rank)
  /// Whether windows may reach out of the input.
  public internal(set) var padding = Padding.valid
  /// Where the channels are.
  public internal(set) var dataFormat = DataFormat.channelsLast
  /// What is applied to the sums.
  public internal(set) var activation = ActivationFunction.linear
  /// Whether a bias is added.
  public internal(set) var useBias = true
  var implementationNumber = Implementation.patches.rawValue

  /// How the kernel is stored.
  public var implementation: Implementation {
    Implementation(rawValue: implementationNumber) ?? .patches
  }

  private init() {}

  /// Keras's defaults, without filters.
  public static var prototype: LocallyConnected { LocallyConnected() }

  /// The attributes.
  public static var fields: [AttributeField<Self>] {
    [
      .count("filters", \.filters, isRequired: true),
      .sizes("kernel_size", \.kernelSize, count: rank, isRequired: true),
      .sizes("strides", \.strides, count: rank),
      .choice("padding", \.padding).expecting("'valid', or 'same' with another implementation") {
        $0.padding == .valid || $0.padding == .same && $0.implementation != .patches
      },
      .choice("data_format", \.dataFormat), .activation(\.activation),
      .flag("use_bias", \.useBias),
      .int("implementation", \.implementationNumber).expecting("1, 2 or 3") {
        Implementation(rawValue: $0.implementationNumber) != nil
      },
    ]
  }

  fileprivate init(
    _ filters: Int, _ kernelSize: [Int], _ strides: [Int], _ padding: Padding,
    _ dataFormat: DataFormat, _ activation: ActivationFunction, _ useBias: Bool,
    _ implementation: Implementation, _ declaration: LayerDeclaration
  ) {
    self.filters = filters
    self.kernelSize = kernelSize
    self.strides = strides
    self.padding = padding
    self.dataFormat = dataFormat
    self.activation = activation
    self.useBias = useBias
    implementationNumber = implementation.rawValue
    self.declaration = declaration
  }

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A product of each place's window with its own weights.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    try dataFormat.checkSpatialRank(rank, of: x.shape)
    let sizes = try x.shape.sizes(of: Array(dataFormat.spatialAxes(rank: x.shape.rank)))
    let channels = try dataFormat.channels(of: x.shape)
    let windows = try LocalWindows(
      sizes, channels: channels, filters: filters, kernelSize, strides, isSame: padding == .same,
      dataFormat, input: x.shape)
    let kernel = try kernel(windows, sizes, channels, in: &definition)
    let flat = try definition.reshape(x, [x.shape[0], windows.inputCount])
    // What a window sees outside of the input is a zero behind all elements.
    let padded = try definition.padding(flat, before: [0, 0], after: [0, 1])
    let seen = definition.constant(
      windows.elements.map { Double($0 ?? windows.inputCount) },
      [windows.placeCount, windows.length], .int32)
    let patches = try definition.apply(Primitives.Gather(axis: 1), to: padded, seen)
    let isLast = dataFormat == .channelsLast
    let sums = try definition.contraction(
      patches, "bpk", kernel, "pkf", to: isLast ? "bpf" : "bfp")
    var output = try definition.reshape(
      sums,
      dataFormat.shape(batch: x.shape[0], spatial: windows.places, channels: filters)
        .dimensions)
    if useBias {
      let bias = definition.weight("bias", windows.places + [filters])
      output = try definition.combination(
        .add, output,
        isLast
          ? bias : definition.reshape(bias, [filters] + windows.places, keepsFirstAxis: false))
    }
    return try definition.activation(activation, output)
  }

  /// The kernel as `(places, elements under the kernel, filters)`.
  private func kernel(
    _ windows: LocalWindows, _ sizes: [Int], _ channels: Int, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let shape = [windows.placeCount, windows.length, filters]
    let stored: [Int]
    let numbers: [Int?]
    switch implementation {
    case .patches: return definition.weight("kernel", shape)
    case .dense:
      stored =
        dataFormat == .channelsLast
        ? sizes + [channels] + windows.places + [filters]
        : [channels] + sizes + [filters] + windows.places
      numbers = windows.denseNumbers
    case .sparse:
      numbers = windows.sparseNumbers
      stored = [numbers.count(where: { $0 != nil })]
    }
    guard let count = stored.checkedProduct(), count < LocalWindows.limit else {
      throw .invalidShape(Shape(stored), reason: "has more weights than can be numbered")
    }
    let flat = try definition.reshape(
      definition.weight("kernel", stored), [count], keepsFirstAxis: false)
    // There is no weight for what is outside of the input.
    let padded = try definition.padding(flat, before: [0], after: [1])
    return try definition.apply(
      Primitives.Gather(axis: 0), to: padded,
      definition.constant(numbers.map { Double($0 ?? count) }, shape, .int32))
  }
}

/// What the windows of a locally connected layer see.
private struct LocalWindows {
  /// More weights, or elements under windows, are not numbered.
  static let limit = 1 << 24

  /// The number of windows along each axis.
  let places: [Int]
  /// The number of windows.
  let placeCount: Int
  /// The number of elements under a window.
  let length: Int
  /// The number of elements of an item.
  let inputCount: Int
  /// The elements that each window sees, in the order of the data format; `nil` outside.
  let elements: [Int?]

  private let filters: Int
  private let format: DataFormat

  init(
    _ sizes: [Int], channels: Int, filters: Int, _ kernelSize: [Int], _ strides: [Int],
    isSame: Bool, _ format: DataFormat, input: Shape
  ) throws(ModelError) {
    self.filters = filters
    self.format = format
    var places: [Int] = []
    for (axis, (size, (kernel, stride))) in zip(sizes, zip(kernelSize, strides)).enumerated() {
      let last = isSame ? size - 1 : size - kernel
      guard last >= 0 else {
        throw .emptyOutput(
          input: input, axis: format.spatialAxes(rank: input.rank).lowerBound + axis)
      }
      places.append(last / stride + 1)
    }
    // An axis of no size must not hide how large the others are.
    let least = max(channels, 1)
    guard let weightCount = (places + kernelSize + [least, filters]).checkedProduct(),
      weightCount < Self.limit, let elementCount = (sizes + [least]).checkedProduct(),
      elementCount < Self.limit
    else { throw .invalidShape(input, reason: "needs more weights than can be numbered") }
    self.places = places
    placeCount = places.reduce(1, *)
    length = kernelSize.reduce(channels, *)
    inputCount = sizes.reduce(channels, *)
    let before = kernelSize.map { isSame ? $0 / 2 : 0 }
    let taps = Self.indices(kernelSize)
    var elements: [Int?] = []
    elements.reserveCapacity(placeCount * length)
    for place in Self.indices(places) {
      let pixels = taps.map { tap -> Int? in
        var pixel = 0
        for axis in sizes.indices {
          let index = place[axis] * strides[axis] + tap[axis] - before[axis]
          guard 0..<sizes[axis] ~= index else { return nil }
          pixel = pixel * sizes[axis] + index
        }
        return pixel
      }
      if format == .channelsLast {
        for pixel in pixels {
          elements += (0..<channels).map { c in pixel.map { $0 * channels + c } }
        }
      } else {
        let plane = sizes.reduce(1, *)
        for channel in 0..<channels { elements += pixels.map { $0.map { channel * plane + $0 } } }
      }
    }
    self.elements = elements
  }

  /// All places of axes of these sizes, row by row.
  private static func indices(_ sizes: [Int]) -> [[Int]] {
    sizes.reduce([[]]) { places, size in places.flatMap { place in (0..<size).map { place + [$0] } }
    }
  }

  /// The place of an element of the output among all of them.
  private func output(_ place: Int, _ filter: Int) -> Int {
    format == .channelsLast ? place * filters + filter : filter * placeCount + place
  }

  /// Where the weights are in a matrix of all elements of the input and all of the output.
  var denseNumbers: [Int?] {
    elements.enumerated().flatMap { index, element in
      (0..<filters).map { filter in
        element.map { $0 * placeCount * filters + output(index / length, filter) }
      }
    }
  }

  /// Where the weights are in a list by element of the output, then by element of the input.
  var sparseNumbers: [Int?] {
    let counts = (0..<placeCount).map { place in
      elements[place * length..<(place + 1) * length].count(where: { $0 != nil })
    }
    var starts = Array(repeating: 0, count: placeCount * filters)
    var next = 0
    for index in starts.indices {
      starts[index] = next
      next += counts[format == .channelsLast ? index / filters : index % placeCount]
    }
    var numbers: [Int?] = []
    numbers.reserveCapacity(elements.count * filters)
    for place in 0..<placeCount {
      var seen = 0
      for element in elements[place * length..<(place + 1) * length] {
        numbers += (0..<filters).map { filter in
          element.map { _ in starts[output(place, filter)] + seen }
        }
        if element != nil { seen += 1 }
      }
    }
    return numbers
  }
}

/// A convolution of sequences whose weights are others at each step.
public typealias LocallyConnected1D = LocallyConnected<1>
/// A convolution of images whose weights are others at each pixel.
public typealias LocallyConnected2D = LocallyConnected<2>

extension LocallyConnected where rank == 1 {
  /// Makes the layer, with the defaults of Keras 2.
  public init(
    _ filters: Int, kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
    dataFormat: DataFormat = .channelsLast, activation: ActivationFunction = .linear,
    useBias: Bool = true, implementation: Implementation = .patches,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters, [kernelSize], [strides], padding, dataFormat, activation, useBias, implementation,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}

extension LocallyConnected where rank == 2 {
  /// Makes the layer, with the defaults of Keras 2.
  public init(
    _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1),
    padding: Padding = .valid, dataFormat: DataFormat = .channelsLast,
    activation: ActivationFunction = .linear, useBias: Bool = true,
    implementation: Implementation = .patches,
    kernelInitializer: Initializer = .glorotUniform(), biasInitializer: Initializer = .zeros,
    name: String? = nil
  ) {
    self.init(
      filters, [kernelSize.0, kernelSize.1], [strides.0, strides.1], padding, dataFormat,
      activation, useBias, implementation,
      LayerDeclaration(
        name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer]))
  }
}
