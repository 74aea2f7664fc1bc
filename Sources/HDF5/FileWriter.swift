import CHDF5
import Synchronization

/// A new HDF5 file, written as h5py writes it with its default settings: superblock version 0,
/// groups as symbol tables, no times, so that equal calls make equal bytes.
///
/// In ``Version/v18`` attributes may be larger than the header of an object.
///
/// The file is complete only when ``close()`` has returned; replacing an older file in one step is
/// the caller's business.
public struct FileWriter: ~Copyable {
  /// The file's path as it was given.
  public let path: String
  /// How old a library may be that reads the file.
  public let version: Version
  private let owner: WrittenFile
  let failures: ReleaseFailures
  /// What the chunked datasets come to.
  let totals = Mutex(ChunkTotals())

  /// Which libraries read a file.
  public enum Version: Sendable, Hashable {
    /// Every one: an attribute is a part of its object's header, which holds 64 KiB of each.
    case earliest
    /// libhdf5 1.8 and newer, which keep large attributes outside of the header.
    case v18
  }

  /// Creates a file, or empties the one that is there.
  ///
  /// The corresponding C function is `H5Fcreate`.
  public init(path: String, version: Version = .earliest) throws(HDF5Error) {
    let place = Location(file: path)
    guard !path.utf8.contains(0) else { throw .invalidName(place) }
    let access = try Handle("H5Pcreate", at: place) { H5Pcreate(chdf5_file_access_class()) }
    let accessID = access.id
    _ = try Library.call("H5Pset_fclose_degree", at: place) {
      H5Pset_fclose_degree(accessID, H5F_CLOSE_STRONG)
    }
    _ = try Library.call("H5Pset_libver_bounds", at: place) {
      H5Pset_libver_bounds(
        accessID, version == .v18 ? H5F_LIBVER_V18 : H5F_LIBVER_EARLIEST, chdf5_libver_latest())
    }
    let creation = try Self.withoutTimes(chdf5_file_create_class(), at: place)
    let creationID = creation.id
    _ = try Library.call("H5Pset_file_locking", at: place) {
      H5Pset_file_locking(accessID, false, true)
    }
    // Sound: the path's bytes live during the call.
    let file = try Library.call("H5Fcreate", at: place) {
      unsafe H5Fcreate(path, chdf5_acc_trunc(), creationID, accessID)
    }
    owner = WrittenFile(id: file)
    failures = ReleaseFailures(at: place)
    self.path = path
    self.version = version
  }

  /// Writes what is still in memory, and closes the file.
  ///
  /// Without this call the file is closed as well, but no one learns whether it is complete. The
  /// corresponding C functions are `H5Fflush` and `H5Fclose`.
  public consuming func close() throws(HDF5Error) {
    assert(openObjectCount == 1, "an object of the file is still open")
    let failures = failures
    try owner.close(at: failures.place)
    if let error = failures.first { throw error }
  }

  var file: hid_t { owner.id }

  /// How many objects of the file are open, the file included.
  package var openObjectCount: Int {
    let file = file
    return Library.query { Int(H5Fget_obj_count(file, chdf5_obj_all_local())) }
  }

  /// Creates a group, and those above it that are missing.
  ///
  /// The root group is there already. The corresponding C function is `H5Gcreate2`.
  public func createGroup(_ path: String) throws(HDF5Error) {
    let place = try location(path)
    let links = try makeLinkProperties(at: path)
    let properties = try Self.withoutTimes(chdf5_group_create_class(), at: place)
    let (file, linksID, propertiesID) = (file, links.id, properties.id)
    // Sound: the path's bytes live during the call.
    _ = try Handle("H5Gcreate2", at: place, telling: failures) {
      unsafe H5Gcreate2(file, path, linksID, propertiesID, chdf5_default())
    }
  }

  /// Properties of an object that is to be made, which does not keep when that was.
  static func withoutTimes(_ kind: hid_t, at place: Location) throws(HDF5Error) -> Handle {
    let properties = try Handle("H5Pcreate", at: place) { H5Pcreate(kind) }
    let id = properties.id
    _ = try Library.call("H5Pset_obj_track_times", at: place) {
      H5Pset_obj_track_times(id, false)
    }
    return properties
  }

  /// Whether there is an object at the path.
  public func contains(_ path: String) throws(HDF5Error) -> Bool {
    let place = try location(path)
    let file = file
    var prefix = ""
    // Bytes, as libhdf5 sees them: a slash and what combines with it are one character.
    for component in path.utf8.split(separator: UInt8(ascii: "/")) {
      prefix += "/\(Substring(component))"
      let name = prefix
      // Sound: the name's bytes live during the call.
      let exists = try Library.call("H5Lexists", at: place) {
        unsafe H5Lexists(file, name, chdf5_default())
      }
      guard exists > 0 else { return false }
    }
    return true
  }

  /// A place in this file, for an error.
  func location(_ object: String, attribute: String? = nil) throws(HDF5Error) -> Location {
    let place = Location(file: path, object: object, attribute: attribute)
    guard !object.utf8.contains(0), attribute?.utf8.contains(0) != true else {
      throw .invalidName(place)
    }
    return place
  }

  /// Links that make missing groups, with names marked as UTF-8 if they are not ASCII.
  func makeLinkProperties(at path: String) throws(HDF5Error) -> Handle {
    let place = try location(path)
    let links = try Handle("H5Pcreate", at: place) { H5Pcreate(chdf5_link_create_class()) }
    let id = links.id
    _ = try Library.call("H5Pset_create_intermediate_group", at: place) {
      H5Pset_create_intermediate_group(id, 1)
    }
    let isASCII = path.utf8.allSatisfy { $0 < 0x80 }
    _ = try Library.call("H5Pset_char_encoding", at: place) {
      H5Pset_char_encoding(id, isASCII ? H5T_CSET_ASCII : H5T_CSET_UTF8)
    }
    return links
  }
}

/// Owns the identifier of a file being written.
///
/// Not private: a release build of a module that holds a `FileWriter` refers to this type.
struct WrittenFile: ~Copyable {
  let id: hid_t

  init(id: hid_t) { self.id = id }

  deinit { Self.release(id) }

  consuming func close(at place: Location) throws(HDF5Error) {
    let id = id
    discard self
    do throws(HDF5Error) {
      _ = try Library.call("H5Fflush", at: place) { H5Fflush(id, H5F_SCOPE_LOCAL) }
    } catch {
      Self.release(id)
      throw error
    }
    _ = try Library.call("H5Fclose", at: place) { H5Fclose(id) }
  }

  private static func release(_ id: hid_t) {
    _ = Library.query { H5Fclose(id) }
  }
}
