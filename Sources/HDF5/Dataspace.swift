import CHDF5

/// How many elements a dataset or attribute has, and in what arrangement.
public enum Dataspace: Sendable, Hashable {
  /// No element, and no shape either; h5py's `Empty`.
  case null
  /// One element.
  case scalar
  /// An array of this shape, row-major. A dimension may be 0.
  case simple([Int])

  /// The lengths of the dimensions; none for a scalar and for a null space.
  public var shape: [Int] {
    guard case .simple(let shape) = self else { return [] }
    return shape
  }

  /// The number of elements, or nil if it overflows or a dimension is negative.
  public var elementCount: Int? {
    switch self {
    case .null: 0
    case .scalar: 1
    case .simple(let shape): product(shape)
    }
  }
}

/// The product of lengths, or nil if it overflows or a length is negative.
func product(_ lengths: some Sequence<Int>) -> Int? {
  var (result, isZero) = (1, false)
  for length in lengths {
    guard length >= 0 else { return nil }
    guard length > 0 else {
      isZero = true
      continue
    }
    let (value, overflows) = result.multipliedReportingOverflow(by: length)
    guard !overflows else { return nil }
    result = value
  }
  return isZero ? 0 : result
}

extension Dataspace {
  /// Reads the description of a dataspace.
  init(_ space: borrowing Handle, at location: Location) throws(HDF5Error) {
    let id = space.id
    switch Library.query({ H5Sget_simple_extent_type(id) }) {
    case H5S_NULL: self = .null
    case H5S_SCALAR: self = .scalar
    default:
      let rank = try Library.call("H5Sget_simple_extent_ndims", at: location) {
        H5Sget_simple_extent_ndims(id)
      }
      var lengths = [hsize_t](repeating: 0, count: Int(rank))
      // Sound: the library writes `rank` lengths.
      _ = try Library.call("H5Sget_simple_extent_dims", at: location) {
        unsafe H5Sget_simple_extent_dims(id, &lengths, nil)
      }
      let shape = lengths.map(Int.init(clamping:))
      guard product(shape) != nil else { throw .sizeOverflow(location, shape: shape) }
      self = .simple(shape)
    }
  }

  /// How far each axis of a dataspace may grow, nil where there is no end; nothing where none may.
  static func maximum(
    of space: borrowing Handle, at location: Location
  ) throws(HDF5Error) -> [Int?] {
    let dataspace = try Dataspace(space, at: location)
    let id = space.id
    var lengths = [hsize_t](repeating: 0, count: dataspace.shape.count)
    guard !lengths.isEmpty else { return [] }
    // Sound: the library writes a length for each axis.
    _ = try Library.call("H5Sget_simple_extent_dims", at: location) {
      unsafe H5Sget_simple_extent_dims(id, nil, &lengths)
    }
    var maximum: [Int?] = []
    for length in lengths {
      guard length != chdf5_unlimited() else {
        maximum.append(nil)
        continue
      }
      guard let length = Int(exactly: length) else {
        throw .sizeOverflow(location, shape: lengths.map(Int.init(clamping:)))
      }
      maximum.append(length)
    }
    return maximum == dataspace.shape ? [] : maximum
  }

  /// Creates the library's counterpart.
  ///
  /// - Parameter maximum: How far each axis may grow, as `maximum(of:at:)` tells it.
  func makeHandle(
    maximum: [Int?] = [], at location: Location
  ) throws(HDF5Error) -> Handle {
    switch self {
    case .null: return try Handle("H5Screate", at: location) { H5Screate(H5S_NULL) }
    case .scalar: return try Handle("H5Screate", at: location) { H5Screate(H5S_SCALAR) }
    case .simple(let shape):
      guard product(shape) != nil else { throw .sizeOverflow(location, shape: shape) }
      let lengths = shape.map(hsize_t.init)
      let rank = Int32(clamping: lengths.count)
      // Sound, here and below: the library reads as many lengths as it is told there are.
      guard !maximum.isEmpty else {
        return try Handle("H5Screate_simple", at: location) {
          unsafe H5Screate_simple(rank, lengths, nil)
        }
      }
      guard maximum.count == shape.count, maximum.allSatisfy({ $0 ?? 0 >= 0 }) else {
        throw .invalidMaximum(location, maximum: maximum, shape: shape)
      }
      let most = maximum.map { $0.map(hsize_t.init) ?? chdf5_unlimited() }
      return try Handle("H5Screate_simple", at: location) {
        unsafe H5Screate_simple(rank, lengths, most)
      }
    }
  }
}
