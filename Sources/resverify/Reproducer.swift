internal import FoundationEssentials
internal import Glibc
internal import Residual

/// The first fault of a report as a small model that shows it.
struct Reproducer {
  private let model: Model
  private let name: String

  /// Cuts the calls round the first fault out of the model; `nil` where there is none in a call.
  ///
  /// Of a batch the sample is kept that has the worst element.
  init?(of report: VerificationReport, _ model: Model, _ golden: Golden) throws {
    guard let one = report.cases.first(where: { $0.fault != nil }), let fault = one.fault else {
      return nil
    }
    let call = (one.calls + one.outputs).first { $0.path == fault.path && $0.verdict == .wrong }
    let part = try model.reproducer(
      of: fault, against: golden, case: one.name, sample: call?.statistics?.worst?.index.first)
    guard let part else { return nil }
    self.model = part
    name = Self.fileName("\(model.graph.name)-\(fault.path)")
  }

  /// A name as one of a file in a folder: no byte of it leads out of that.
  private static func fileName(_ name: String) -> String {
    let separators = [UInt8(ascii: "/"), UInt8(ascii: ":"), 0]
    // Scalar by scalar, as the system sees it: a separator and what combines with it are one character.
    let plain = name.unicodeScalars.map { scalar -> Unicode.Scalar in
      scalar.isASCII && separators.contains(UInt8(scalar.value)) ? "_" : scalar
    }
    return String(String.UnicodeScalarView(plain)).prefix(bytes: 200)
  }

  /// Writes the model into a folder, which is made if it is missing.
  ///
  /// - Parameter check: Refuses the path of a file that must not be written.
  /// - Returns: The file's path.
  func write(in folder: String, checking check: (String) throws -> Void) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      let cause = (error as? CocoaError)?.underlying as? POSIXError
      throw FileError(path: folder, operation: .create, code: cause?.code.rawValue ?? EIO)
    }
    let slash = UInt8(ascii: "/")
    let path = (folder.utf8.last == slash ? folder : folder + "/") + name + ".pb"
    try check(path)
    try model.write(toFile: path)
    return path
  }
}
