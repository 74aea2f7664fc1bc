internal import Glibc

/// How much each pixel counts where an image is given another size.
public struct ResamplingFilter: Hashable, Sendable {
  /// The weight of a pixel by its distance from the place that is looked at, in pixels.
  public enum Kernel: String, CaseIterable, Hashable, Sendable {
    /// The nearest pixel alone.
    case nearest
    /// `1 - |x|`.
    case bilinear
    /// Keys's cubic with `a = -½`.
    case bicubic
    /// `sinc x · sinc(x ÷ 3)`.
    case lanczos3
    /// `sinc x · sinc(x ÷ 5)`.
    case lanczos5
    /// `exp(-2x²)`, below a distance of 1½.
    case gaussian
    /// Mitchell's and Netravali's cubic with `B = C = ⅓`.
    case mitchell = "mitchellcubic"
    /// The share of the new pixel that the old one covers.
    case area
  }

  /// Where a pixel of the result looks.
  public enum Grid: String, CaseIterable, Hashable, Sendable {
    /// Pixels are squares of which the centers count: pixel i of o looks at `(i + ½)·n ÷ o - ½`.
    case centers
    /// Pixels are points: at `i·n ÷ o`, as TensorFlow 1 did.
    case corners
    /// Pixels are points, and the first and the last stay such: at `i·(n - 1) ÷ (o - 1)`.
    case alignedCorners = "aligned_corners"
  }

  /// The weight of a pixel by its distance.
  public var kernel: Kernel
  /// Where a pixel of the result looks.
  public var grid: Grid
  /// Whether the kernel is as wide as a pixel of a smaller result, so that all pixels count.
  public var isAntialiased: Bool
  /// Whether distances are rounded to multiples of 1/1024, as by TensorFlow's table of the cubic.
  public var isTabulated: Bool

  /// Describes a filter.
  public init(
    _ kernel: Kernel, grid: Grid = .centers, isAntialiased: Bool = false, isTabulated: Bool = false
  ) {
    self.kernel = kernel
    self.grid = grid
    self.isAntialiased = isAntialiased
    self.isTabulated = isTabulated
  }
}

extension ResamplingFilter.Kernel {
  /// How far a pixel counts.
  var radius: Double {
    switch self {
    case .nearest, .area: 0.5
    case .bilinear: 1
    case .bicubic, .mitchell: 2
    case .lanczos3: 3
    case .lanczos5: 5
    case .gaussian: 1.5
    }
  }

  /// The weight at a distance.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    guard x < radius else { return 0 }
    switch self {
    case .nearest, .area: return 1
    case .bilinear: return 1 - x
    case .bicubic:
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
    case .lanczos3, .lanczos5:
      // As TensorFlow and JAX, which do not divide by nearly nothing.
      guard x > 1e-3 else { return 1 }
      let angle = Double.pi * x
      return radius * Glibc.sin(angle) * Glibc.sin(angle / radius) / (angle * angle)
    case .gaussian: return Glibc.exp(-2 * x * x)
    case .mitchell:
      return x < 1
        ? ((7 * x / 6 - 2) * x) * x + 8.0 / 9
        : ((-7 * x / 18 + 2) * x - 10.0 / 3) * x + 16.0 / 9
    }
  }
}
