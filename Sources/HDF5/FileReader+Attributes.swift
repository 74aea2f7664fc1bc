import CHDF5

extension FileReader {
  /// The names of an object's attributes: in the order of creation if the file keeps it, which
  /// Keras's files do not, else in the order of the names' bytes.
  ///
  /// The order is h5py's.
  public func attributeNames(of path: String) throws(HDF5Error) -> [String] {
    let object = try openAnnotated(path)
    let facts = try identify(object.id, at: location(path))
    return try attributeNames(of: object, facts, at: location(path))
  }

  private func attributeNames(
    of object: borrowing Handle, _ facts: ObjectFacts, at place: Location
  ) throws(HDF5Error) -> [String] {
    let id = object.id
    guard facts.attributeCount > 0 else { return [] }
    guard facts.attributeCount <= limits.attributeCount else {
      throw .exceedsLimit(
        place, .attributeCount, found: facts.attributeCount, allowed: limits.attributeCount)
    }
    // The order of one needs no look.
    let order =
      facts.attributeCount == 1
      ? H5_INDEX_NAME : try attributeOrder(of: object, kind: facts.kind, at: place)
    var names = NameList<String>(allowed: limits.attributeCount)
    var start: hsize_t = 0
    // Sound: `names` outlives the iteration, and the visitor copies each name.
    _ = try Library.call("H5Aiterate2", at: place) {
      unsafe withUnsafeMutablePointer(to: &names) { names in
        unsafe H5Aiterate2(
          id, order, H5_ITER_INC, &start,
          { _, name, _, context in
            guard let name = unsafe name, let context = unsafe context else { return -1 }
            return unsafe context.assumingMemoryBound(to: NameList<String>.self).pointee.add(name) {
              $0
            }
          }, names)
      }
    }
    return try names.checked(at: place)
  }

  /// Whether an object has an attribute of that name.
  public func hasAttribute(_ name: String, of path: String) throws(HDF5Error) -> Bool {
    try hasAttribute(name, of: try openAnnotated(path), at: location(path, attribute: name))
  }

  /// An attribute of an object.
  ///
  /// The corresponding C function is `H5Aread`.
  /// - Throws: ``HDF5Error/missing(_:)`` if there is none of that name.
  public func attribute(_ name: String, of path: String) throws(HDF5Error) -> Attribute {
    try attribute(name, of: try openAnnotated(path), at: location(path, attribute: name))
  }

  private func attribute(
    _ name: String, of object: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> Attribute {
    guard try hasAttribute(name, of: object, at: place) else { throw .missing(place) }
    return try existingAttribute(name, of: object, at: place)
  }

  private func existingAttribute(
    _ name: String, of object: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> Attribute {
    // Sound: the name's bytes live during the call.
    let attribute = try object.derived("H5Aopen", at: place) {
      unsafe H5Aopen($0, name, chdf5_default())
    }
    let type = try attribute.derived("H5Aget_type", at: place) { H5Aget_type($0) }
    let datatype = try Datatype(type, at: place)
    let space = try attribute.derived("H5Aget_space", at: place) { H5Aget_space($0) }
    let dataspace = try Dataspace(space, at: place)
    let count = try checkedCount(datatype, dataspace, at: place)
    let value = try value(of: attribute, datatype, count, at: place)
    return Attribute(name: name, datatype: datatype, dataspace: dataspace, value: value)
  }

  /// All attributes of an object, in the order of ``attributeNames(of:)``.
  public func attributes(of path: String) throws(HDF5Error) -> [Attribute] {
    let object = try openAnnotated(path)
    let facts = try identify(object.id, at: location(path))
    return try attributes(of: object, facts, at: location(path))
  }

  func attributes(
    of object: borrowing Handle, _ facts: ObjectFacts, at place: Location
  ) throws(HDF5Error) -> [Attribute] {
    var attributes: [Attribute] = []
    var sum = AttributeSum(allowed: limits.attributesByteCount)
    for name in try attributeNames(of: object, facts, at: place) {
      var place = place
      place.attribute = name
      let attribute = try existingAttribute(name, of: object, at: place)
      sum.add(attribute)
      try sum.check(at: place)
      attributes.append(attribute)
    }
    return attributes
  }

  /// Opens a group or dataset, which alone have attributes that are read.
  private func openAnnotated(_ path: String) throws(HDF5Error) -> Handle {
    let object = try openObject(path)
    let kind = try identify(object.id, at: location(path)).kind
    guard kind == .group || kind == .dataset else {
      throw .wrongKind(location(path), expected: .group, found: kind)
    }
    return object
  }

  private func hasAttribute(
    _ name: String, of object: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> Bool {
    guard !name.utf8.contains(0) else { throw .invalidName(place) }
    let id = object.id
    // Sound: the name's bytes live during the call.
    return try Library.call("H5Aexists", at: place) { unsafe H5Aexists(id, name) } > 0
  }

  private func attributeOrder(
    of object: borrowing Handle, kind: ObjectKind, at place: Location
  ) throws(HDF5Error) -> H5_index_t {
    let properties = try object.derived("H5Oget_create_plist", at: place) {
      kind == .group ? H5Gget_create_plist($0) : H5Dget_create_plist($0)
    }
    var flags: UInt32 = 0
    let id = properties.id
    // Sound: the pointer is used during the call only.
    _ = try Library.call("H5Pget_attr_creation_order", at: place) {
      unsafe H5Pget_attr_creation_order(id, &flags)
    }
    return flags & UInt32(H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
  }

  private func checkedCount(
    _ datatype: Datatype, _ dataspace: Dataspace, at place: Location
  ) throws(HDF5Error) -> Int {
    let width = datatype.byteCount ?? storedVariableStringByteCount
    guard let count = dataspace.elementCount, let byteCount = product([count, width]) else {
      throw .sizeOverflow(place, shape: dataspace.shape)
    }
    guard byteCount <= limits.attributeByteCount else {
      throw .exceedsLimit(
        place, .attributeByteCount, found: byteCount, allowed: limits.attributeByteCount)
    }
    return count
  }

  private func value(
    of attribute: borrowing Handle, _ datatype: Datatype, _ count: Int, at place: Location
  ) throws(HDF5Error) -> Attribute.Value {
    let id = attribute.id
    let memory = try datatype.makeHandle(at: place)
    let memoryID = memory.id
    if case .string(let format) = datatype, format.fixedLength == nil {
      var budget = StringBudget(allowed: limits.stringByteCount)
      let strings = try unsafe readVariableStrings(
        count, type: memory, budget: &budget, at: place
      ) { (buffer) throws(HDF5Error) in
        // Sound: the buffer holds `count` pointers, as many as the attribute has elements.
        _ = try Library.call("H5Aread", at: place) { unsafe H5Aread(id, memoryID, buffer) }
      }
      return .strings(strings)
    }
    let width = datatype.byteCount ?? 0
    var bytes = [UInt8](repeating: 0, count: count * width)
    if count > 0 {
      // Sound: the memory type is as wide as the elements that `bytes` was sized for.
      _ = try Library.call("H5Aread", at: place) { unsafe H5Aread(id, memoryID, &bytes) }
    }
    if case .string(let format) = datatype {
      return .strings(format.split(bytes, length: width))
    }
    if let width = datatype.swappedWidth {
      // Sound: the buffer is used during the call only.
      unsafe bytes.withUnsafeMutableBytes { unsafe swapBytes($0, width: width) }
    }
    return .bytes(bytes)
  }
}

/// What attributes take in memory together: many may share one place in the file.
struct AttributeSum {
  let allowed: Int
  private var byteCount = 0

  init(allowed: Int) { self.allowed = allowed }

  mutating func add(_ attribute: Attribute) {
    byteCount += attribute.name.utf8.count + attribute.value.byteCount
  }

  func check(at place: Location) throws(HDF5Error) {
    guard byteCount <= allowed else {
      throw .exceedsLimit(place, .attributesByteCount, found: byteCount, allowed: allowed)
    }
  }
}
