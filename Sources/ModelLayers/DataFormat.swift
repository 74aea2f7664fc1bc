/// Where the channels of an image or a sequence are, named as Keras names it.
public enum DataFormat: String, CaseIterable, Hashable, Sendable {
  /// `(batch, spatial…, channels)`.
  case channelsLast = "channels_last"
  /// `(batch, channels, spatial…)`.
  case channelsFirst = "channels_first"

  /// The axis of the channels.
  package func channelAxis(rank: Int) -> Int { self == .channelsLast ? rank - 1 : 1 }

  /// The axes along which a window moves.
  package func spatialAxes(rank: Int) -> Range<Int> {
    self == .channelsLast ? 1..<rank - 1 : 2..<rank
  }

  /// The number of channels of an input.
  ///
  /// - Throws: `ModelError.unknownDimension` where it is not known.
  package func channels(of input: Shape) throws(ModelError) -> Int {
    guard let channels = input[channelAxis(rank: input.rank)] else {
      throw .unknownDimension(shape: input, needed: "the number of channels")
    }
    return channels
  }

  /// The shape of a batch of images with this many channels.
  package func shape(batch: Int?, spatial: [Int?], channels: Int?) -> Shape {
    self == .channelsLast
      ? Shape([batch] + spatial + [channels]) : Shape([batch, channels] + spatial)
  }
}

/// What is put around an input before a window moves over it.
public enum Padding: String, CaseIterable, Hashable, Sendable {
  /// Nothing: the window stays inside the input.
  case valid
  /// As much as the output needs to have ⌈input ÷ stride⌉ elements, half of it
  /// on each side; the odd one comes after the input.
  case same
  /// All of it before the input: an output sees no later input.
  case causal
}

extension DataFormat {
  /// Throws `ModelError.rank` where an input has other than this many spatial axes.
  func checkSpatialRank(_ rank: Int, of input: Shape) throws(ModelError) {
    guard input.rank == rank + 2 else {
      let spatial = rank == 1 ? "length" : "height, width"
      let axes = self == .channelsLast ? "\(spatial), channels" : "channels, \(spatial)"
      throw .rank(expected: "[batch, \(axes)]", found: input)
    }
  }
}
