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
    let plain = "\(model.graph.name)-\(fault.path)".map { "/:\0".contains($0) ? "_" : $0 }
    name = String(decoding: String(plain).utf8.prefix(200), as: UTF8.self)
  }

  /// Writes the model into a folder, which is made if it is missing.
  ///
  /// - Returns: The file's path.
  func write(in folder: String) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      let cause = (error as? CocoaError)?.underlying as? POSIXError
      throw FileError(path: folder, operation: .create, code: cause?.code.rawValue ?? EIO)
    }
    let path = (folder.hasSuffix("/") ? folder : folder + "/") + name + ".pb"
    try model.write(toFile: path)
    return path
  }
}
