import CHDF5

extension FileWriter {
  /// Refuses to give an object more attributes than are read.
  ///
  /// - Throws: ``HDF5Error/exceedsLimit(_:_:found:allowed:)`` for more than
  ///   ``Limits/attributeCount``.
  public func checkAttributeCount(_ count: Int, of path: String) throws(HDF5Error) {
    let allowed = Limits().attributeCount
    guard count <= allowed else {
      throw .exceedsLimit(try location(path), .attributeCount, found: count, allowed: allowed)
    }
  }

  /// Adds an attribute to a group or dataset.
  ///
  /// The corresponding C function is `H5Awrite`.
  ///
  /// In a file of the earliest ``Version``, one string of fixed length that is too long for an
  /// object's header is written with variable length.
  public func writeAttribute(_ attribute: Attribute, to path: String) throws(HDF5Error) {
    let place = try location(path, attribute: attribute.name)
    let attribute = version == .earliest ? Self.fitting(attribute) : attribute
    let (count, bytes) = try Self.fixedBytes(of: attribute, at: place)
    let file = file
    // Sound, here and below: the names' bytes live during the call.
    let object = try Handle("H5Oopen", at: place, telling: failures) {
      unsafe H5Oopen(file, path, chdf5_default())
    }
    let type = try attribute.datatype.makeHandle(at: place)
    let space = try attribute.dataspace.makeHandle(at: place)
    let (typeID, spaceID) = (type.id, space.id)
    let handle = try object.derived("H5Acreate2", at: place) {
      unsafe H5Acreate2($0, attribute.name, typeID, spaceID, chdf5_default(), chdf5_default())
    }
    let id = handle.id
    if let bytes {
      guard count > 0 else { return }
      // Sound: `bytes` is as long as the elements of the memory type, which was checked.
      _ = try Library.call("H5Awrite", at: place) { unsafe H5Awrite(id, typeID, bytes) }
    } else if case .strings(let strings) = attribute.value {
      try unsafe withVariableStrings(strings, at: place) { (pointers) throws(HDF5Error) in
        // Sound: there is one pointer for each element.
        _ = try Library.call("H5Awrite", at: place) { unsafe H5Awrite(id, typeID, pointers) }
      }
    }
  }

  private static func fitting(_ attribute: Attribute) -> Attribute {
    guard case .string(var format) = attribute.datatype, format.fixedLength != nil,
      !attribute.fitsHeader, attribute.dataspace == .scalar
    else { return attribute }
    format.fixedLength = nil
    var attribute = attribute
    attribute.datatype = .string(format)
    return attribute
  }

  /// The number of elements, and their bytes as the file has them, or nil for strings of variable
  /// length.
  private static func fixedBytes(
    of attribute: Attribute, at place: Location
  ) throws(HDF5Error) -> (count: Int, bytes: [UInt8]?) {
    guard let count = attribute.dataspace.elementCount else {
      throw .sizeOverflow(place, shape: attribute.dataspace.shape)
    }
    switch (attribute.datatype, attribute.value) {
    case (.string(let format), .strings(let strings)):
      guard strings.count == count else {
        throw .wrongCount(place, expected: count, found: strings.count)
      }
      guard let length = format.fixedLength else { return (count, nil) }
      return (count, try format.padded(strings, to: length, at: place))
    case (let datatype, .bytes(var bytes)):
      guard let width = datatype.byteCount, let expected = product([count, width]) else {
        throw .wrongDatatype(place, expected: "elements of fixed size", found: datatype)
      }
      guard bytes.count == expected else {
        throw .wrongCount(place, expected: expected, found: bytes.count)
      }
      if let width = datatype.swappedWidth {
        // Sound: the buffer is used during the call only.
        unsafe bytes.withUnsafeMutableBytes { unsafe swapBytes($0, width: width) }
      }
      return (count, bytes)
    case (let datatype, .strings):
      throw .wrongDatatype(place, expected: "strings", found: datatype)
    }
  }
}
