import CHDF5

/// Owns one identifier of the library and gives it back at the end of its life.
struct Handle: ~Copyable {
  let id: hid_t
  /// Keeps the file open for as long as an object in it is.
  private let file: OpenFile?

  init(
    _ function: String, at location: Location, in file: OpenFile? = nil, _ body: () -> hid_t
  ) throws(HDF5Error) {
    id = try Library.call(function, at: location, body)
    self.file = file
  }

  /// A handle beside this one, kept within the same file.
  func derived(
    _ function: String, at location: Location, _ body: (hid_t) -> hid_t
  ) throws(HDF5Error) -> Handle {
    let id = id
    return try Handle(function, at: location, in: file) { body(id) }
  }

  deinit {
    let id = id
    _ = Library.query { H5Idec_ref(id) }
  }
}

/// An open file, closed when the last operation on it has ended.
final class OpenFile: Sendable {
  let id: hid_t

  init(reading path: String) throws(HDF5Error) {
    let location = Location(file: path)
    let access = try Handle("H5Pcreate", at: location) { H5Pcreate(chdf5_file_access_class()) }
    let accessID = access.id
    _ = try Library.call("H5Pset_fclose_degree", at: location) {
      H5Pset_fclose_degree(accessID, H5F_CLOSE_STRONG)
    }
    // A lock is a write in the eyes of some network and read-only file systems.
    _ = try Library.call("H5Pset_file_locking", at: location) {
      H5Pset_file_locking(accessID, false, true)
    }
    // Sound: the path's bytes live during the call.
    id = try Library.call("H5Fopen", at: location) {
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
    _ = Library.query { H5Fclose(id) }
  }
}
