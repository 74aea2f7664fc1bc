import CHDF5

/// A name in a group.
public struct Child: Sendable, Hashable {
  /// What the name stands for.
  public enum Kind: Sendable, Hashable {
    /// An object, reached by a hard link.
    case object(ObjectKind, ObjectIdentity)
    /// A link that is not followed.
    case link(LinkKind)
  }

  /// The name in the group.
  public var name: String
  /// What it stands for.
  public var kind: Kind

  /// The kind of the object, or nil for a link that is not followed.
  public var objectKind: ObjectKind? {
    guard case .object(let kind, _) = kind else { return nil }
    return kind
  }
}

/// One step of a walk.
public struct WalkEntry: Sendable, Hashable {
  /// The path by which the object was reached; `/` for the root.
  public var path: String
  /// What is there.
  public var kind: ObjectKind
  /// The path under which the same object came before, if it has several names.
  public var firstPath: String?
}

/// An object and what it holds, without the elements of a dataset.
public struct ObjectContents: Sendable, Hashable {
  /// Where the object is.
  public var entry: WalkEntry
  /// Its attributes, in the order of ``FileReader/attributeNames(of:)``.
  public var attributes: [Attribute]
  /// What the dataset is; nil for a group.
  public var dataset: DatasetDescription?
}

// MARK: - Asking for objects

extension FileReader {
  /// Whether there is an object at the path.
  /// - Throws: ``HDF5Error`` if the path leads through a link that is not followed.
  public func contains(_ path: String) throws(HDF5Error) -> Bool {
    do {
      _ = try openObject(path)
      return true
    } catch .missing {
      return false
    } catch .wrongKind {
      // A name below a dataset.
      return false
    }
  }

  /// The kind of the object at the path.
  public func kind(of path: String) throws(HDF5Error) -> ObjectKind {
    let object = try openObject(path)
    return try identify(object.id, at: location(path)).kind
  }

  /// The names in a group, in the order of their bytes.
  public func children(of path: String) throws(HDF5Error) -> [Child] {
    try children(of: try openObject(path, expecting: .group), at: path)
  }

  private func children(
    of group: borrowing Handle, at path: String
  ) throws(HDF5Error) -> [Child] {
    var children: [Child] = []
    for link in try links(of: group, at: path) {
      if let kind = LinkKind(code: link.kind) {
        children.append(Child(name: link.name, kind: .link(kind)))
      } else {
        let place = location(joined(path, link.name))
        let kind = try identify(group.id, link.name, at: place).kind
        children.append(Child(name: link.name, kind: .object(kind, link.identity)))
      }
    }
    return children
  }

  /// Every object below a group, and the group itself, each before its children and in the order
  /// of the names' bytes.
  ///
  /// An object with several names comes once for each, and is entered once, so that a group that
  /// contains itself does no harm.
  /// - Throws: ``HDF5Error`` for a link that is not followed, and above the limits of objects and
  ///   depth.
  public func walk(from path: String = "/") throws(HDF5Error) -> [WalkEntry] {
    var entries: [WalkEntry] = []
    try traverse(from: path) { (entry, _, _) in entries.append(entry) }
    return entries
  }

  /// Every object below a group, as ``walk(from:)`` finds them, with all but the elements of
  /// datasets.
  ///
  /// Each object is opened once, which is what makes this faster than asking for its parts.
  public func contents(from path: String = "/") throws(HDF5Error) -> [ObjectContents] {
    var contents: [ObjectContents] = []
    var places: [String: Int] = [:]
    var sum = AttributeSum(allowed: limits.attributesByteCount)
    try traverse(from: path) { (entry, object, facts) throws(HDF5Error) in
      let place = location(entry.path)
      guard entry.kind == .group || entry.kind == .dataset else {
        throw .wrongKind(place, expected: .group, found: entry.kind)
      }
      var found: ObjectContents
      if let first = entry.firstPath, let place = places[first] {
        found = contents[place]
        found.entry = entry
      } else {
        found = ObjectContents(
          entry: entry, attributes: try attributes(of: object, facts, at: place),
          dataset: entry.kind == .dataset ? try describe(object, at: place) : nil)
        places[entry.path] = contents.count
      }
      // What is kept of a file has them once for each name of the object.
      for attribute in found.attributes { sum.add(attribute) }
      try sum.check(at: place)
      contents.append(found)
    }
    return contents
  }

  private func traverse(
    from path: String,
    _ visit: (WalkEntry, borrowing Handle, ObjectFacts) throws(HDF5Error) -> Void
  ) throws(HDF5Error) {
    let file = try openFile()
    let root = try openObject(path)
    let start = try identify(root.id, at: location(path))
    var firstPaths: [ObjectIdentity: String] = [:]
    var pending = [
      (path: path, identity: start.identity, depth: try components(of: path).count)
    ]
    var count = 0
    while let next = pending.popLast() {
      let place = location(next.path)
      let bytes = next.identity.bytes
      let object = try Handle("H5Oopen", at: place, in: file) {
        // Sound: the identity's 16 bytes live during the call.
        unsafe chdf5_open_identified(file.id, bytes)
      }
      let facts = try identify(object.id, at: place)
      let kind = facts.kind
      let firstPath = firstPaths[next.identity]
      try visit(WalkEntry(path: next.path, kind: kind, firstPath: firstPath), object, facts)
      count += 1
      guard firstPath == nil else { continue }
      firstPaths[next.identity] = next.path
      guard kind == .group else { continue }
      var found: [(path: String, identity: ObjectIdentity, depth: Int)] = []
      for link in try links(of: object, at: next.path) {
        let path = joined(next.path, link.name)
        let depth = next.depth + 1
        guard depth <= limits.depth else {
          throw .exceedsLimit(location(path), .depth, found: depth, allowed: limits.depth)
        }
        if let kind = LinkKind(code: link.kind) { throw .refusedLink(location(path), kind) }
        found.append((path, link.identity, depth))
      }
      pending += found.reversed()
      guard count + pending.count <= limits.objectCount else {
        throw .exceedsLimit(
          location(path), .objectCount, found: count + pending.count, allowed: limits.objectCount)
      }
    }
  }

  private func joined(_ path: String, _ name: String) -> String {
    path.utf8.last == UInt8(ascii: "/") ? path + name : "\(path)/\(name)"
  }
}

// MARK: - Opening objects

extension FileReader {
  /// Opens the object at the path, going one component at a time so that no link is followed.
  func openObject(
    _ path: String, expecting expected: ObjectKind? = nil
  ) throws(HDF5Error) -> Handle {
    let file = try openFile()
    let components = try components(of: path)
    var object = try Handle("H5Gopen2", at: location("/"), in: file) {
      // Sound: the name is a literal.
      unsafe H5Gopen2(file.id, "/", chdf5_default())
    }
    var kind = ObjectKind.group
    var place = location("/")
    for (index, name) in components.enumerated() {
      guard kind == .group else { throw .wrongKind(place, expected: .group, found: kind) }
      place.object = "/" + components[...index].joined(separator: "/")
      object = try openChild(name, of: object, at: place)
      kind = try identify(object.id, at: place).kind
    }
    if let expected, kind != expected {
      throw .wrongKind(place, expected: expected, found: kind)
    }
    return object
  }

  /// The names on a path, not more than the limit.
  private func components(of path: String) throws(HDF5Error) -> [String] {
    guard !path.utf8.contains(0) else { throw .invalidName(location(path)) }
    // Bytes, as libhdf5 sees them: a slash and what combines with it are one character.
    let components = path.utf8.split(separator: UInt8(ascii: "/"))
      .map { String(Substring($0)) }.filter { $0 != "." }
    guard components.count <= limits.depth else {
      throw .exceedsLimit(
        location(path), .depth, found: components.count, allowed: limits.depth)
    }
    return components
  }

  private func openChild(
    _ name: String, of group: borrowing Handle, at place: Location
  ) throws(HDF5Error) -> Handle {
    let id = group.id
    // Sound, here and below: the name's bytes live during the call.
    let exists = try Library.call("H5Lexists", at: place) {
      unsafe H5Lexists(id, name, chdf5_default())
    }
    guard exists > 0 else { throw .missing(place) }
    let code = try Library.call("H5Lget_info", at: place) { unsafe chdf5_link_kind(id, name) }
    if let link = LinkKind(code: code) { throw .refusedLink(place, link) }
    return try group.derived("H5Oopen", at: place) { unsafe H5Oopen($0, name, chdf5_default()) }
  }

  /// Asks for an object's facts.
  func identify(
    _ id: hid_t, _ name: String = ".", at place: Location
  ) throws(HDF5Error) -> ObjectFacts {
    var bytes: (UInt64, UInt64) = (0, 0)
    var attributeCount: hsize_t = 0
    let code = try Library.call("H5Oget_info", at: place) {
      // Sound: the shim writes 16 bytes to a tuple of 16.
      unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
        unsafe chdf5_object_kind(
          id, name, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, &attributeCount)
      }
    }
    return ObjectFacts(
      kind: ObjectKind(code: code), identity: ObjectIdentity(low: bytes.0, high: bytes.1),
      attributeCount: Int(clamping: attributeCount))
  }

  /// A group's links, in the order of their names.
  private func links(of group: borrowing Handle, at path: String) throws(HDF5Error) -> [NamedLink] {
    let (id, place) = (group.id, location(path))
    var links = NameList<NamedLink>(allowed: limits.objectCount)
    // Sound: `links` outlives the iteration, and the visitor copies what it is shown.
    _ = try Library.call("H5Literate", at: place) {
      unsafe withUnsafeMutablePointer(to: &links) { links in
        unsafe chdf5_iterate_links(
          id,
          { name, kind, identifier, context in
            guard let name = unsafe name, let identifier = unsafe identifier,
              let context = unsafe context
            else { return -1 }
            let halves = unsafe UnsafeRawPointer(identifier)
            let identity = unsafe ObjectIdentity(
              low: halves.loadUnaligned(as: UInt64.self),
              high: halves.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return unsafe context.assumingMemoryBound(to: NameList<NamedLink>.self).pointee.add(
              name
            ) { NamedLink(name: $0, kind: kind, identity: identity) }
          }, links)
      }
    }
    return try links.checked(at: place)
  }
}

/// What one call of the library tells of an object.
struct ObjectFacts {
  let kind: ObjectKind
  /// What tells it from others.
  let identity: ObjectIdentity
  let attributeCount: Int
}

/// A link of a group.
private struct NamedLink {
  let name: String
  /// The library's code.
  let kind: Int32
  /// The object, where the link is a hard one.
  let identity: ObjectIdentity
}

/// Named things that an iteration of the library comes upon.
struct NameList<Element> {
  let allowed: Int
  private var elements: [Element] = []
  private var hasInvalidName = false

  init(allowed: Int) { self.allowed = allowed }

  /// Takes an element, and tells the library whether to go on (0) or to stop (1).
  mutating func add(_ name: UnsafePointer<CChar>, _ element: (String) -> Element) -> Int32 {
    // Sound: the library ends every name with a null.
    guard let text = unsafe String(validatingCString: name) else {
      hasInvalidName = true
      return 1
    }
    elements.append(element(text))
    return elements.count > allowed ? 1 : 0
  }

  /// The elements, if all names were valid and not too many.
  func checked(at place: Location) throws(HDF5Error) -> [Element] {
    guard !hasInvalidName else { throw .invalidName(place) }
    guard elements.count <= allowed else {
      throw .exceedsLimit(place, .objectCount, found: elements.count, allowed: allowed)
    }
    return elements
  }
}

extension LinkKind {
  /// The kind of a link by its number in the library; nil for a hard link.
  fileprivate init?(code: Int32) {
    switch H5L_type_t(code) {
    case H5L_TYPE_HARD: return nil
    case H5L_TYPE_SOFT: self = .soft
    case H5L_TYPE_EXTERNAL: self = .external
    default: self = .userDefined
    }
  }
}

extension ObjectKind {
  /// The kind of an object by its number in the library.
  fileprivate init(code: Int32) {
    switch H5O_type_t(code) {
    case H5O_TYPE_GROUP: self = .group
    case H5O_TYPE_DATASET: self = .dataset
    case H5O_TYPE_NAMED_DATATYPE: self = .namedDatatype
    default: self = .unknown
    }
  }
}
