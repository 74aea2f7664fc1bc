#if OneDNN

/// The order of axes that oneDNN wants: batch, channels, spatial axes.
struct ChannelOrder {
  private let order: [Int]

  /// Of tensors that have their channels along an axis.
  init(rank: Int, channelAxis: Int) {
    order = [0, channelAxis] + (1..<rank).filter { $0 != channelAxis }
  }

  /// A tensor with its axes in oneDNN's order.
  func ordered(_ layout: Layout) throws(OneDNNError) -> Layout { try layout.permuted(order) }

  /// A shape in oneDNN's order.
  func ordered(_ sizes: [Int]) -> [Int] { order.map { sizes[$0] } }

  /// A shape of oneDNN in the model's order.
  func restored(_ sizes: [Int]) -> [Int] {
    var restored = sizes
    for (place, axis) in order.enumerated() { restored[axis] = sizes[place] }
    return restored
  }

  /// A tensor of oneDNN with its axes in the model's order.
  func restored(_ layout: Layout) throws(OneDNNError) -> Layout {
    var inverse = order
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    return try layout.permuted(inverse)
  }
}

#endif
