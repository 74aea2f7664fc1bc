import CHDF5
import Synchronization

/// Owns one identifier of the library and gives it back at the end of its life.
struct Handle: ~Copyable {
  let id: hid_t
  /// Keeps the file open for as long as an object in it is.
  private let file: OpenFile?
  /// Learns of what goes wrong at the end.
  private let failures: ReleaseFailures?

  /// - Parameter failures: Is given for objects that are written: some of what they hold is only
  ///   brought to the file when they are given back.
  init(
    _ function: String, at location: Location, in file: OpenFile? = nil,
    telling failures: ReleaseFailures? = nil, _ body: () -> hid_t
  ) throws(HDF5Error) {
    id = try Library.call(function, at: location, body)
    self.file = file
    self.failures = failures
  }

  /// A handle beside this one, kept within the same file.
  func derived(
    _ function: String, at location: Location, _ body: (hid_t) -> hid_t
  ) throws(HDF5Error) -> Handle {
    let id = id
    return try Handle(function, at: location, in: file, telling: failures) { body(id) }
  }

  deinit {
    let id = id
    guard let failures else {
      _ = Library.query { H5Idec_ref(id) }
      return
    }
    failures.note { () throws(HDF5Error) in
      _ = try Library.call("H5Idec_ref", at: failures.place) { H5Idec_ref(id) }
    }
  }
}

/// What went wrong while objects of a written file were given back, where nobody can throw.
final class ReleaseFailures: Sendable {
  let place: Location
  private let error: Mutex<HDF5Error?> = Mutex(nil)

  init(at place: Location) { self.place = place }

  /// The first error.
  var first: HDF5Error? { error.withLock(\.self) }

  func note(_ step: () throws(HDF5Error) -> Void) {
    do throws(HDF5Error) {
      try step()
    } catch {
      self.error.withLock { $0 = $0 ?? error }
    }
  }
}

/// An open file, closed when the last operation on it has ended.
final class OpenFile: Sendable {
  let id: hid_t
  /// What the bytes are lent from, if the file is not one of its own.
  private let region: MappedRegion?

  init(reading path: String) throws(HDF5Error) {
    region = nil
    id = try Self.open(path, at: Location(file: path))
  }

  /// How many files in memory there were.
  private static let imageCount = Atomic<Int>(0)

  /// Opens a file whose bytes are in memory, of which the library makes a copy.
  init(image bytes: [UInt8], name: String) throws(HDF5Error) {
    region = nil
    id = try Self.openImage(at: Location(file: name)) { access in
      // Sound: the library only reads the bytes, and copies them during the call.
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe H5Pset_file_image(
          access, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
      }
    }
  }

  /// Opens a file that lies in a mapped region of another; nothing is copied.
  init(region: MappedRegion, name: String) throws(HDF5Error) {
    self.region = region
    id = try Self.openImage(at: Location(file: name)) { access in
      // Sound: the region, which the library only reads, lives until the file is closed.
      unsafe chdf5_lend_image(access, region.bytes.baseAddress, region.bytes.count)
    }
  }

  private static func openImage(
    at location: Location, _ setImage: (_ access: hid_t) -> herr_t
  ) throws(HDF5Error) -> hid_t {
    // The library takes two images of one name for one file, and refuses the name of a file that
    // there is. Nothing can be below a device.
    let number = imageCount.add(1, ordering: .relaxed).newValue
    return try open("/dev/null/\(number)", at: location) { (access) throws(HDF5Error) in
      _ = try Library.call("H5Pset_fapl_core", at: location) {
        H5Pset_fapl_core(access, 1 << 20, false)
      }
      _ = try Library.call("H5Pset_file_image", at: location) { setImage(access) }
    }
  }

  /// Opens a file for reading.
  ///
  /// - Parameter configure: Says how the library is to get at it.
  private static func open(
    _ path: String, at location: Location,
    _ configure: (_ access: hid_t) throws(HDF5Error) -> Void = { _ throws(HDF5Error) in }
  ) throws(HDF5Error) -> hid_t {
    let access = try Handle("H5Pcreate", at: location) { H5Pcreate(chdf5_file_access_class()) }
    let accessID = access.id
    _ = try Library.call("H5Pset_fclose_degree", at: location) {
      H5Pset_fclose_degree(accessID, H5F_CLOSE_STRONG)
    }
    // A lock is a write in the eyes of some network and read-only file systems.
    _ = try Library.call("H5Pset_file_locking", at: location) {
      H5Pset_file_locking(accessID, false, true)
    }
    try configure(accessID)
    // Sound: the path's bytes live during the call.
    return try Library.call("H5Fopen", at: location) {
      unsafe H5Fopen(path, chdf5_acc_rdonly(), accessID)
    }
  }

  /// How many objects are open in the file, the file included.
  var objectCount: Int {
    let id = id
    return Library.query { Int(H5Fget_obj_count(id, chdf5_obj_all_local())) }
  }

  deinit {
    assert(objectCount == 1, "an object of the file is still open")
    let id = id
    withExtendedLifetime(region) { _ = Library.query { H5Fclose(id) } }
  }
}
