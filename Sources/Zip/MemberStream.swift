internal import CZip

/// A member of a zip file that is read piece by piece, each into its place.
@safe public struct MemberStream {
  private let file: OpaquePointer
  private let byteCount: Int
  private var readCount = 0

  init(_ file: OpaquePointer, byteCount: Int) {
    // Sound: it is used within the call that opened the member.
    unsafe self.file = file
    self.byteCount = byteCount
  }

  /// Reads what follows into a range of bytes.
  ///
  /// - Throws: `ZipError` where there is less.
  public mutating func fill(_ bytes: inout [UInt8], _ range: Range<Int>) throws(ZipError) {
    precondition(range.isEmpty || bytes.indices.contains(range), "a range inside the bytes")
    var place = range.lowerBound
    var failure: String?
    unsafe bytes.withUnsafeMutableBytes { buffer in
      while place < range.upperBound {
        // Sound: no more is read than is left of the range.
        guard let base = buffer.baseAddress else { break }
        let got = unsafe zip_fread(file, base + place, UInt64(range.upperBound - place))
        guard got > 0 else {
          if got < 0 { failure = unsafe String(cString: zip_file_strerror(file)) }
          break
        }
        place += Int(got)
      }
    }
    readCount += place - range.lowerBound
    if let failure { throw .library(failure) }
    guard place == range.upperBound else {
      throw .shortMember(expected: byteCount, found: readCount)
    }
  }

  /// The library compares the checksum when it comes to the end of the member.
  func checkEnd() throws(ZipError) {
    var next: UInt8 = 0
    let more = unsafe zip_fread(file, &next, 1)
    guard more >= 0 else { throw unsafe .library(String(cString: zip_file_strerror(file))) }
    guard more == 0 else { throw .longMember(expected: byteCount) }
  }
}
