extension Fault {
  /// How the elements of the first wrong tensor differ, in figures whose number does not grow with
  /// the tensor.
  public struct Detail: Hashable, Sendable, Codable {
    /// How the elements are distributed.
    public var values: Values
    /// How the errors are distributed.
    public var errors: Errors
    /// The worst elements, the worst first; at most `worstCount`.
    public var worst: [CallReport.Element]
    /// Where the errors are: in an image by rows and columns, then by channels; in a sequence by
    /// steps and channels; in rows of features by both.
    public var maps: [Map]

    /// How many elements are listed.
    public static let worstCount = 10
  }
}

extension Fault.Detail {
  /// Histograms of what is recorded and of what the model makes, on the same bins.
  public struct Values: Hashable, Sendable, Codable {
    /// The lower edge of the first bin: the least finite element of both.
    public var low: Double
    /// The upper edge of the last bin: the largest finite element of both.
    public var high: Double
    /// How many recorded elements are in each of `binCount` bins of the same width.
    public var expected: [Int]
    /// How many elements of the model are in each.
    public var found: [Int]
    /// How many recorded elements are infinite or no number.
    public var expectedNonFinite: Int
    /// How many elements of the model are.
    public var foundNonFinite: Int

    /// The number of bins.
    public static let binCount = 48
  }

  /// A histogram of log10(error ÷ worst case of rounding): above 0 an element is wrong.
  ///
  /// The outermost bins hold what lies beyond them, too.
  public struct Errors: Hashable, Sendable, Codable {
    /// The lower edge of the first bin.
    public var low: Double
    /// The width of a bin.
    public var step: Double
    /// How many elements are in each bin.
    public var counts: [Int]
    /// How many elements do not differ, or say nothing.
    public var equal: Int
    /// How many differ where nothing is allowed, or are finite on one side only.
    public var infinite: Int
  }

  /// The largest error in each part of a tensor.
  public struct Map: Hashable, Sendable, Codable {
    /// The axis that runs downwards; `nil` where there is one row.
    public var rowAxis: Int?
    /// The axis that runs to the right.
    public var columnAxis: Int
    /// The size of the axis that runs downwards, or 1.
    public var rowCount: Int
    /// The size of the axis that runs to the right.
    public var columnCount: Int
    /// What the axes are, to be shown: `row`, `channel`.
    public var rowName: String?
    /// What runs to the right.
    public var columnName: String
    /// Row by row the largest difference, over all other axes; a cell stands for several rows and
    /// columns where there are more than `largestSize` of them.
    public var cells: [[ReportedNumber]]

    /// The most cells along an axis.
    public static let largestSize = 64
  }
}
