import Foundation
import Residual
import TestSupport
import Testing

/// What a conversion leaves where a call of the system fails, or the process is killed in it.
///
/// Each call that changes files, or that may fail on the way to it, fails once or is the last:
/// after each the target is the old model or the new one, whole, and the program says which.
@Suite(.enabled(if: Tracer.isAvailable, "making calls of the system fail needs strace"))
struct InjectedFaultTests {
  private let folder: TemporaryFolder
  private let tracer: Tracer

  init() throws {
    folder = try TemporaryFolder()
    tracer = try Tracer()
  }

  /// How a run goes wrong.
  enum Fault: String, CaseIterable, Sendable {
    case error = "error=EIO"
    case full = "error=ENOSPC"
    case kill = "signal=SIGKILL"
  }

  /// How the old model and the new one are stored.
  struct Storage: Sendable, CustomTestStringConvertible {
    var target = "model.pb"
    let old: Int
    let new: Int
    let testDescription: String

    static let all = [
      Storage(old: whole, new: whole, testDescription: "one file for another"),
      Storage(old: parts, new: parts, testDescription: "shards for shards"),
      Storage(old: parts, new: whole, testDescription: "one file for shards"),
      Storage(target: "model.h5", old: whole, new: whole, testDescription: "HDF5"),
    ]
    private static let whole = 1 << 30
    private static let parts = 1500
  }

  /// A model that has the layers and the shards of the new one, and other weights.
  private func otherModel() throws -> Model {
    let model = try Model(contentsOfFile: Programs.model)
    var tensors = model.tensors
    for name in tensors.keys {
      guard var array: NDArray<Float> = try? tensors[name]?.array() else { continue }
      array.elements = array.elements.map { $0 + 1 }
      tensors[name] = Tensor(array)
    }
    return try Model(
      graph: model.graph, tensors: tensors, provenance: model.provenance, source: model.source)
  }

  /// The calls that change files, and those that find out what is there; the program's start makes
  /// none of them, but for opening, which counts where it is in the target's folder.
  private static let calls = [
    "mkdirat", "flock", "fallocate", "pwrite64", "write", "ftruncate", "fchmod", "fsync", "linkat",
    "renameat", "rename", "unlinkat", "unlink", "getdents64", "sync_file_range", "openat",
  ]

  @Test(arguments: Storage.all, Fault.allCases)
  func `the target is the old model or the new one, and the program says which`(
    storage: Storage, fault: Fault
  ) throws {
    let settings = ["RESIDUAL_SHARD_BYTES": "\(storage.new)"]
    let models = try (old: otherModel(), new: Model(contentsOfFile: Programs.model))
    let elsewhere = try TemporaryFolder()
    try models.old.write(toFile: elsewhere.file("old.pb"))
    try convert(
      elsewhere.file("old.pb"), to: storage.target,
      settings: ["RESIDUAL_SHARD_BYTES": "\(storage.old)"])
    let before = try contents()
    try convert(Programs.model, to: storage.target, settings: settings)
    let after = try folder.names
    var count = 0
    for call in Self.calls
    where fault != .full || ["fallocate", "write", "pwrite64"].contains(call) {
      // Each of a process's threads counts its own calls.
      for number in 1...200 {
        try put(before)
        let run = try tracer.convert(
          Programs.model, to: storage.target, in: folder, injecting: call,
          "\(fault.rawValue):when=\(number)", environment: settings)
        guard run.isInjected else { break }
        count += 1
        let comment: Comment = "\(call) \(number): \(run.outcome)"
        let isNew = try expectOne(of: models, at: storage.target, comment)
        if run.outcome.code == 0 || run.outcome.error.contains("has been written") {
          #expect(isNew, comment)
        } else if run.outcome.code == 2 {
          #expect(!isNew, comment)
          #expect(run.outcome.error.split(separator: "\n").count == 1, comment)
        }
        // What was left behind does not stay, but for old shards that nobody could tell any more.
        try convert(Programs.model, to: storage.target, settings: settings)
        let left = try folder.names.filter { !after.contains($0) }
        #expect(left.isEmpty || isNew && left.allSatisfy { before[$0] != nil }, comment)
        #expect(try after.allSatisfy(folder.names.contains), comment)
      }
    }
    #expect(count > (fault == .full ? 4 : 20))
  }

  /// The files in the folder.
  private func contents() throws -> [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: try folder.names.map { ($0, try bytes(ofFile: folder.file($0))) })
  }

  /// Puts files into the folder, and nothing else.
  private func put(_ files: [String: [UInt8]]) throws {
    for name in try folder.names { try FileManager.default.removeItem(atPath: folder.file(name)) }
    for (name, bytes) in files { try folder.write(bytes, to: name) }
  }

  private func convert(
    _ input: String, to target: String, settings: [String: String]
  ) throws {
    let outcome = try Programs.resconv.run(
      ["--quiet", input, target], in: folder.path, environment: settings)
    #expect(outcome == .init())
  }

  /// Expects the target to be one of two models, whole.
  ///
  /// - Returns: Whether it is the new one.
  private func expectOne(
    of models: (old: Model, new: Model), at target: String, _ comment: Comment
  ) throws -> Bool {
    do {
      let found = try Model(contentsOfFile: folder.file(target))
      try found.verifyTensors()
      let isNew = try models.new.difference(from: found) == nil
      #expect(try isNew || models.old.difference(from: found) == nil, comment)
      return isNew
    } catch {
      Issue.record("\(comment): \(error)")
      return false
    }
  }
}

/// Runs a program with calls of the system that fail.
private struct Tracer {
  private static let path = "/usr/bin/strace"
  private let resconv: Program
  private let log: TemporaryFolder

  /// Whether there is a tracer, and it may trace.
  static let isAvailable =
    (try? Program(path: path).run(["-o", "/dev/null", "/bin/true"]))?.code == 0

  init() throws {
    resconv = try Programs.resconv
    log = try TemporaryFolder()
  }

  /// Converts a model while one call fails.
  ///
  /// - Returns: The outcome, and whether there was a call to fail.
  func convert(
    _ input: String, to target: String, in folder: TemporaryFolder, injecting call: String,
    _ fault: String, environment: [String: String]
  ) throws -> (outcome: Program.Outcome, isInjected: Bool) {
    var arguments = ["-f", "-qq", "-o", log.file("log"), "-e", "trace=\(call)"]
    arguments += ["-e", "inject=\(call):\(fault)"]
    if call == "openat" {
      let written = (3..<20).map { "/proc/self/fd/\($0)/\(target)" }
      arguments += ([folder.path] + written).flatMap { ["-P", $0] }
    }
    let outcome = try Program(path: Self.path).run(
      arguments + [resconv.path, "--quiet", input, target], in: folder.path,
      environment: environment)
    let text = String(decoding: try bytes(ofFile: log.file("log")), as: UTF8.self)
    return (outcome, text.contains("(INJECTED)") || text.contains("SIGKILL"))
  }
}
