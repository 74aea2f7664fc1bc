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
    let group = try openObject(path, expecting: .group)
    let links = try links(of: group, at: path)
    var children: [Child] = []
    children.reserveCapacity(links.count)
    for (name, code) in links {
      let place = location(joined(path, name))
      if let link = LinkKind(code: code) {
        children.append(Child(name: name, kind: .link(link)))
      } else {
        let (kind, identity) = try identify(group.id, name, at: place)
        children.append(Child(name: name, kind: .object(kind, identity)))
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
    let root = try openObject(path)
    let start = try identify(root.id, at: location(path))
    var entries: [WalkEntry] = []
    var firstPaths: [ObjectIdentity: String] = [:]
    var pending = [(path: path, kind: start.kind, identity: start.identity)]
    var found: [String: (kind: ObjectKind, identity: ObjectIdentity)] = [:]
    defer { remember(found) }
    while let next = pending.popLast() {
      let firstPath = firstPaths[next.identity]
      entries.append(WalkEntry(path: next.path, kind: next.kind, firstPath: firstPath))
      guard entries.count + pending.count <= limits.objectCount else {
        throw .exceedsLimit(
          location(path), .objectCount, found: entries.count + pending.count,
          allowed: limits.objectCount)
      }
      guard firstPath == nil else { continue }
      firstPaths[next.identity] = next.path
      found[next.path] = (next.kind, next.identity)
      guard next.kind == .group else { continue }
      var children: [(String, ObjectKind, ObjectIdentity)] = []
      for child in try self.children(of: next.path) {
        let childPath = joined(next.path, child.name)
        _ = try components(of: childPath)
        switch child.kind {
        case .object(let kind, let identity): children.append((childPath, kind, identity))
        case .link(let kind): throw .refusedLink(location(childPath), kind)
        }
      }
      pending += children.reversed()
    }
    return entries
  }

  private func joined(_ path: String, _ name: String) -> String {
    path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }
}

// MARK: - Opening objects

extension FileReader {
  /// Opens the object at the path, going one component at a time so that no link is followed.
  func openObject(
    _ path: String, expecting expected: ObjectKind? = nil
  ) throws(HDF5Error) -> Handle {
    let file = try openFile()
    if let (kind, identity) = walked(path) {
      let place = location(path)
      if let expected, kind != expected {
        throw .wrongKind(place, expected: expected, found: kind)
      }
      let bytes = identity.bytes
      return try Handle("H5Oopen", at: place, in: file) {
        // Sound: the identity's 16 bytes live during the call.
        unsafe chdf5_open_identified(file.id, bytes)
      }
    }
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
    let components = path.split(separator: "/").filter { $0 != "." }.map(String.init)
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

  /// The kind of an object and what tells it from others.
  func identify(
    _ id: hid_t, _ name: String = ".", at place: Location
  ) throws(HDF5Error) -> (kind: ObjectKind, identity: ObjectIdentity) {
    var bytes: (UInt64, UInt64) = (0, 0)
    let code = try Library.call("H5Oget_info", at: place) {
      // Sound: the shim writes 16 bytes to a tuple of 16.
      unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
        unsafe chdf5_object_kind(id, name, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
      }
    }
    return (ObjectKind(code: code), ObjectIdentity(low: bytes.0, high: bytes.1))
  }

  /// The names and kinds of a group's links.
  private func links(
    of group: borrowing Handle, at path: String
  ) throws(HDF5Error) -> [(name: String, kind: Int32)] {
    let (id, place) = (group.id, location(path))
    var names = NameList(allowed: limits.objectCount)
    // Sound: `names` outlives the iteration, and the visitor copies each name.
    _ = try Library.call("H5Literate", at: place) {
      unsafe withUnsafeMutablePointer(to: &names) { names in
        unsafe chdf5_iterate_links(
          id,
          { name, kind, context in
            guard let name = unsafe name, let context = unsafe context else { return -1 }
            return unsafe context.assumingMemoryBound(to: NameList.self).pointee.add(name, kind)
          }, names)
      }
    }
    return try names.checked(at: place)
  }
}

/// The names that an iteration of the library comes upon.
struct NameList {
  let allowed: Int
  private var names: [(name: String, kind: Int32)] = []
  private var hasInvalidName = false

  init(allowed: Int) { self.allowed = allowed }

  /// Takes a name, and tells the library whether to go on (0) or to stop (1).
  mutating func add(_ name: UnsafePointer<CChar>, _ kind: Int32) -> Int32 {
    // Sound: the library ends every name with a null.
    guard let text = unsafe String(validatingCString: name) else {
      hasInvalidName = true
      return 1
    }
    names.append((text, kind))
    return names.count > allowed ? 1 : 0
  }

  /// The names, if all were valid and not too many.
  func checked(at place: Location) throws(HDF5Error) -> [(name: String, kind: Int32)] {
    guard !hasInvalidName else { throw .invalidName(place) }
    guard names.count <= allowed else {
      throw .exceedsLimit(place, .objectCount, found: names.count, allowed: allowed)
    }
    return names
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
