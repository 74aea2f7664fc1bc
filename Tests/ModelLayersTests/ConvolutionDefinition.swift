import ModelLayers

/// The definitions written as plain sums over an input with its zeros around it.
enum ConvolutionDefinition {
  /// Puts zeros around `(batch, height, width, channels)`.
  static func padded(_ x: NDArray<Double>, _ pads: [Int]) -> NDArray<Double> {
    let (height, width) = (x.dimensions[1], x.dimensions[2])
    return .generate([
      x.dimensions[0], height + pads[0] + pads[1], width + pads[2] + pads[3], x.dimensions[3],
    ]) { place in
      let (row, column) = (place[1] - pads[0], place[2] - pads[2])
      guard 0..<height ~= row, 0..<width ~= column else { return 0 }
      return x.at(place[0], row, column, place[3])
    }
  }

  static func zeros(_ padding: Padding, _ n: Int, _ k: Int, _ s: Int, _ d: Int) -> [Int] {
    let extent = (k - 1) * d + 1
    switch padding {
    case .valid: return [0, 0]
    case .causal: return [extent - 1, 0]
    case .same:
      let outputs = (n + s - 1) / s
      let total = max(0, (outputs - 1) * s + extent - n)
      return [total / 2, (total + 1) / 2]
    }
  }

  static func sizes(_ padded: NDArray<Double>, _ k: [Int], _ s: [Int], _ d: [Int]) -> [Int] {
    [0, 1].map { (padded.dimensions[$0 + 1] - (k[$0] - 1) * d[$0] - 1) / s[$0] + 1 }
  }

  /// Each filter sees the channels of its group.
  static func convolution(
    _ x: NDArray<Double>, _ kernel: NDArray<Double>, strides s: [Int], dilation d: [Int],
    padding: Padding, groups: Int
  ) -> NDArray<Double> {
    let k = kernel.dimensions
    let input = padded(
      x,
      zeros(padding, x.dimensions[1], k[0], s[0], d[0])
        + zeros(padding, x.dimensions[2], k[1], s[1], d[1]))
    let size = sizes(input, k, s, d)
    return .generate([x.dimensions[0], size[0], size[1], k[3]]) { place in
      let group = place[3] / (k[3] / groups)
      var sum = 0.0
      for p in 0..<k[0] {
        for q in 0..<k[1] {
          for c in 0..<k[2] {
            sum +=
              kernel.at(p, q, c, place[3])
              * input.at(
                place[0], place[1] * s[0] + p * d[0], place[2] * s[1] + q * d[1],
                group * k[2] + c)
          }
        }
      }
      return sum
    }
  }

  /// Each channel by itself, with some outputs each.
  static func depthwise(
    _ x: NDArray<Double>, _ kernel: NDArray<Double>, strides s: [Int], dilation d: [Int],
    padding: Padding
  ) -> NDArray<Double> {
    let k = kernel.dimensions
    let input = padded(
      x,
      zeros(padding, x.dimensions[1], k[0], s[0], d[0])
        + zeros(padding, x.dimensions[2], k[1], s[1], d[1]))
    let size = sizes(input, k, s, d)
    return .generate([x.dimensions[0], size[0], size[1], k[2] * k[3]]) { place in
      let (channel, multiple) = (place[3] / k[3], place[3] % k[3])
      var sum = 0.0
      for p in 0..<k[0] {
        for q in 0..<k[1] {
          sum +=
            kernel.at(p, q, channel, multiple)
            * input.at(
              place[0], place[1] * s[0] + p * d[0], place[2] * s[1] + q * d[1], channel)
        }
      }
      return sum
    }
  }

  static func biased(_ x: NDArray<Double>, _ bias: NDArray<Double>) -> NDArray<Double> {
    .generate(x.dimensions) { x.at($0[0], $0[1], $0[2], $0[3]) + bias.at($0[3]) }
  }
}
