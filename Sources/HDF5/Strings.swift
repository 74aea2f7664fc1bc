import CHDF5
import Glibc

/// What a string of variable length takes in an HDF5 array: a length, an address and an index.
let storedVariableStringByteCount = 16

/// What is left of the limit on strings.
struct StringBudget {
  let allowed: Int
  private(set) var used = 0

  init(allowed: Int) { self.allowed = allowed }

  /// Takes the room of a string, its characters and 16 bytes.
  mutating func take(_ byteCount: Int, at place: Location) throws(HDF5Error) {
    let (sum, overflows) = used.addingReportingOverflow(byteCount + storedVariableStringByteCount)
    guard !overflows, sum <= allowed else {
      throw .exceedsLimit(
        place, .stringByteCount, found: overflows ? .max : sum, allowed: allowed)
    }
    used = sum
  }
}

extension FileReader {
  /// Has `read` fill a buffer with pointers to strings, copies the strings, and frees them.
  func readVariableStrings(
    _ count: Int, type: borrowing Handle, budget: inout StringBudget, at place: Location,
    _ read: (UnsafeMutableRawPointer) throws(HDF5Error) -> Void
  ) throws(HDF5Error) -> [[UInt8]] {
    guard count > 0 else { return [] }
    let space = try Dataspace.simple([count]).makeHandle(at: place)
    let (typeID, spaceID) = (type.id, space.id)
    let buffer = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
    // Sound: all pointers are null until the library writes them, and it frees no null; after a
    // failed read, what it wrote is not trusted.
    unsafe buffer.initialize(repeating: nil)
    defer { unsafe buffer.deallocate() }
    guard let start = buffer.baseAddress else { return [] }
    try unsafe read(start)
    defer { _ = Library.query { unsafe chdf5_reclaim(typeID, spaceID, start) } }
    var strings: [[UInt8]] = []
    strings.reserveCapacity(count)
    for index in 0..<count {
      guard let string = unsafe buffer[index] else {
        try budget.take(0, at: place)
        strings.append([])
        continue
      }
      // Sound: the library ends every string with a null, and keeps it until it is reclaimed.
      let length = unsafe strlen(string)
      try budget.take(length, at: place)
      let bytes = unsafe UnsafeRawBufferPointer(start: string, count: length)
      strings.append(unsafe Array(bytes))
    }
    return strings
  }
}

extension StringFormat {
  /// The strings in an array of fixed lengths.
  func split(_ bytes: [UInt8], length: Int) -> [[UInt8]] {
    guard length > 0 else { return [] }
    return stride(from: 0, to: bytes.count, by: length).map { start in
      content(of: bytes[start..<min(start + length, bytes.count)])
    }
  }
}

/// Has `write` read from a buffer of pointers to the strings, each ended by a null.
func withVariableStrings(
  _ strings: [[UInt8]], at place: Location,
  _ write: (UnsafeRawPointer) throws(HDF5Error) -> Void
) throws(HDF5Error) {
  var characters: [UInt8] = []
  var starts: [Int] = []
  for string in strings {
    guard !string.contains(0) else {
      throw .unstorableString(place, byteCount: string.count)
    }
    starts.append(characters.count)
    characters += string
    characters.append(0)
  }
  guard !strings.isEmpty else { return }
  var failure: HDF5Error?
  // Sound: the pointers are used while `characters` is held in place.
  unsafe characters.withUnsafeBufferPointer { characters in
    let pointers = unsafe starts.map { start in
      unsafe characters.baseAddress.map { unsafe $0 + start }
    }
    unsafe pointers.withUnsafeBytes { pointers in
      guard let base = pointers.baseAddress else { return }
      do throws(HDF5Error) {
        try unsafe write(base)
      } catch {
        failure = error
      }
    }
  }
  if let failure { throw failure }
}
