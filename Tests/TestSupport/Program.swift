public import Foundation

/// A program of the package, run as a process.
public struct Program: Sendable {
  /// What a run came to.
  public struct Outcome: Sendable, Equatable {
    /// What was written to standard output.
    public var output: String
    /// What was written to standard error.
    public var error: String
    /// The exit code, or the number of the signal that ended the program, negated.
    public var code: Int32

    /// Describes what a run must come to.
    public init(output: String = "", error: String = "", code: Int32 = 0) {
      self.output = output
      self.error = error
      self.code = code
    }
  }

  /// The path of the program.
  public let path: String

  /// A program that stands beside the tests: `resconv`.
  public init(_ name: String) throws {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
    path = folder.appendingPathComponent(name).path
  }

  /// A program of the system.
  public init(path: String) {
    self.path = path
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - folder: The current folder, so that sentences name files shortly.
  ///   - whileRunning: Is called with the process once it runs.
  public func run(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:],
    whileRunning: (Process) throws -> Void = { _ in }
  ) throws -> Outcome {
    let files = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let streams = try ["output", "error"].map { name in
      try files.write([], to: name)
      return try FileHandle(forWritingTo: URL(fileURLWithPath: files.file(name)))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = streams[0]
    process.standardError = streams[1]
    try process.run()
    try whileRunning(process)
    process.waitUntilExit()
    for stream in streams { try stream.close() }
    let isSignal = process.terminationReason == .uncaughtSignal
    return Outcome(
      output: String(decoding: try bytes(ofFile: files.file("output")), as: UTF8.self),
      error: String(decoding: try bytes(ofFile: files.file("error")), as: UTF8.self),
      code: isSignal ? -process.terminationStatus : process.terminationStatus)
  }
}

extension Process {
  /// Waits for the first process that this one starts.
  ///
  /// - Returns: Its number, or `nil` where this process ends first.
  public func waitForChild() -> Int32? {
    while isRunning {
      for task
        in (try? FileManager.default.contentsOfDirectory(
          atPath: "/proc/\(processIdentifier)/task")) ?? []
      {
        let list = "/proc/\(processIdentifier)/task/\(task)/children"
        let text = (try? String(contentsOfFile: list, encoding: .utf8)) ?? ""
        if let first = text.split(separator: " ").first, let number = Int32(first) { return number }
      }
      usleep(500)
    }
    return nil
  }
}
