import Foundation
import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct InteropTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  private static var python: String? { ProcessInfo.processInfo.environment["RESIDUAL_PYTHON"] }

  private static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    if let input { process.standardInput = FileHandle(forReadingAtPath: input) }
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static let hasProtoc = (try? run(["protoc", "--version"]).status) == 0
  private static let hasGenerator = (try? run(["protoc-c", "--version"]).status) == 0

  @Test(.enabled(if: hasProtoc)) func `protoc reads what is written`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.put(folder.written(Sample.complete()))
    let result = try Self.run(
      [
        "protoc", "-I\(Self.root)/schemas", "--decode", "residual.v1.Model",
        "residual/v1/model.proto",
      ], input: folder.file("model.pb"))
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.hasPrefix("format: \"residual.v1\"\nschema_version: 1\n"))
    #expect(result.output.contains("kind: \"Lambda\""))
    let tensors = result.output.split(separator: "\n").count { $0 == "tensors {" }
    #expect(try tensors == Sample.complete().tensors.count + 4)
  }

  @Test(.enabled(if: hasGenerator)) func `the generated C is that of the schema`() throws {
    let result = try Self.run(["\(Self.root)/schemas/regenerate", "--check"])
    #expect(result == (0, ""))
  }

  @Test(.enabled(if: python != nil, "RESIDUAL_PYTHON names no Python"))
  func `Python, and the programs of the specification, read what is written`() throws {
    let folder = try TemporaryFolder()
    let files = try ["small.pb": Sample.small(), "complete.pb": Sample.complete()]
    for (name, model) in files { try ProtobufWriter().write(model, to: folder.file(name)) }
    try ProtobufWriter(shardByteLimit: 700).write(Sample.complete(), to: folder.file("shards.pb"))
    let result = try Self.run(
      ["\(Self.root)/Tests/interop/run"]
        + ["small.pb", "complete.pb", "shards.pb"].map(folder.file),
      environment: ["PYTHON": Self.python ?? ""])
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("interop: 3 files read by protoc, Python and C"))
  }
}
