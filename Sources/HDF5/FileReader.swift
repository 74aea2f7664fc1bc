import CHDF5
import Synchronization

/// An HDF5 file that is open for reading.
///
/// Objects are named by their paths, such as `/model_weights/conv1`; what is returned are values
/// that need the file no longer. Only what lies inside the file is read: soft, external and
/// user-defined links, external storage, virtual datasets, and filters that are not built in are
/// refused by name.
///
/// A reader may be used from many threads; the calls take turns, for the library allows one at a
/// time in a process.
///
/// libhdf5 itself can crash or loop on files that were damaged with intent. A program that reads
/// the files of strangers does so in a child process with limits of time and memory.
public final class FileReader: Sendable {
  /// The file's path as it was given, or what names its bytes in memory.
  public let path: String
  /// What the file may ask for.
  public let limits: Limits
  /// The file's length in bytes, when it was opened.
  public let byteCount: Int
  private let state: Mutex<State>

  private struct State {
    var file: OpenFile?
    /// The chunked datasets counted so far, and what they come to.
    var chunked: Set<ObjectIdentity> = []
    var totals = ChunkTotals()
  }

  /// Opens a file.
  ///
  /// The corresponding C function is `H5Fopen`.
  /// - Throws: ``HDF5Error`` if it cannot be opened, is not an HDF5 file, or is cut short.
  public init(path: String, limits: Limits = Limits()) throws(HDF5Error) {
    guard !path.utf8.contains(0) else { throw .invalidName(Location(file: path)) }
    self.path = path
    self.limits = limits
    byteCount = try FileCheck(path: path).byteCount
    state = Mutex(State(file: try OpenFile(reading: path)))
  }

  /// Opens a file whose bytes are in memory; nothing is written to disk.
  ///
  /// The library keeps a copy of them. The corresponding C functions are `H5Pset_fapl_core` and
  /// `H5Pset_file_image`.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: Names it in errors.
  ///   - limits: What it may ask for.
  /// - Throws: ``HDF5Error`` if it is not an HDF5 file, or is cut short.
  public init(
    bytes: [UInt8], name: String, limits: Limits = Limits()
  ) throws(HDF5Error) {
    path = name
    self.limits = limits
    byteCount = try FileCheck(bytes: bytes, name: name).byteCount
    state = Mutex(State(file: try OpenFile(image: bytes, name: name)))
  }

  /// Opens a file that lies in another, as in an archive that stores it as it is: it is mapped there, and
  /// neither copied nor written anywhere.
  ///
  /// The corresponding C functions are `H5Pset_fapl_core`, `H5Pset_file_image_callbacks` and
  /// `H5Pset_file_image`.
  ///
  /// - Parameters:
  ///   - path: The file around it.
  ///   - range: Where its bytes are.
  ///   - name: Names it in errors.
  ///   - limits: What it may ask for.
  /// - Throws: ``HDF5Error`` if it is not an HDF5 file, or is cut short.
  public init(
    path: String, range: Range<Int>, name: String, limits: Limits = Limits()
  ) throws(HDF5Error) {
    guard !path.utf8.contains(0) else { throw .invalidName(Location(file: name)) }
    self.path = name
    self.limits = limits
    let region = try MappedRegion(path: path, range: range)
    byteCount = try FileCheck(region: region, name: name).byteCount
    state = Mutex(State(file: try OpenFile(region: region, name: name)))
  }

  /// Closes the file, once the operations under way on other threads have ended.
  ///
  /// The end of the reader's life closes it as well. The corresponding C function is `H5Fclose`.
  public func close() {
    // The file is released outside of the mutex: its end calls the library.
    let file = state.withLock { state in
      defer { state.file = nil }
      return state.file
    }
    _ = consume file
  }

  /// How many objects of the file are open, the file included; 0 when it is closed.
  package var openObjectCount: Int {
    let file = state.withLock { $0.file }
    return file?.objectCount ?? 0
  }

  /// A place in this file, for an error.
  func location(_ object: String? = nil, attribute: String? = nil) -> Location {
    Location(file: path, object: object, attribute: attribute)
  }

  func openFile() throws(HDF5Error) -> OpenFile {
    let file = state.withLock { $0.file }
    guard let file else { throw .closed(location()) }
    return file
  }

  /// Adds a chunked dataset to those that were read, and returns what they come to.
  ///
  /// - Parameter padding: How many bytes of its chunks lie past it.
  func countChunked(_ identity: ObjectIdentity, byteCount: Int, padding: Int) -> ChunkTotals {
    state.withLock { state in
      if state.chunked.insert(identity).inserted { state.totals.add(byteCount, padding: padding) }
      return state.totals
    }
  }
}

/// Tells the objects of one file apart, whatever paths lead to them.
public struct ObjectIdentity: Sendable, Hashable {
  private var low: UInt64
  private var high: UInt64

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// The 16 bytes that the library identifies the object by.
  var bytes: [UInt8] {
    [low, high].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) } }
  }
}
