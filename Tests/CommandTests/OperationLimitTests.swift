import Residual
import TestSupport
import Testing

/// Models of a few hundred bytes of which a run would take days.
@Suite struct OperationLimitTests {
  private let folder: TemporaryFolder

  /// Each of 64 × 64 places sees nearly as many, and each of 2048 × 2048.
  init() throws {
    folder = try TemporaryFolder()
    for (name, size) in [("pool", 64), ("large", 2048)] {
      let input = Input(shape: [size, size, 2], name: "x")
      let pool = MaxPooling2D(
        poolSize: (size, size), strides: (1, 1), padding: .same, name: "pool")
      try Model(inputs: input, outputs: pool(input)).write(toFile: folder.file("\(name).pb"))
    }
    try folder.write(bytes(ofFile: folder.file("pool.pb")), to: "other.pb")
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Programs.resverify.run(arguments, in: folder.path)
  }

  private static let commands = [
    ["pool.pb", "--time", "1", "--batch", "3"],
    ["pool.pb", "--time", "1", "--batch", "3", "--engine", "onednn"],
    ["pool.pb", "--against", "reference", "--batch", "3", "--engine", "onednn"],
    ["record", "pool.pb", "--out", "golden.h5", "--batch", "3"],
  ]

  @Test(arguments: commands)
  func `a run beyond the limit is refused before it begins`(arguments: [String]) throws {
    let outcome = try Programs.resverify.run(
      arguments + ["--operation-limit", "100000000"], in: folder.path)
    let operations = 3 * 2 * ((64 * 64 * 64 * 64) + 64 * 64) + 1024
    let sentence =
      "one run has \(operations) operations, most of them in layer 'pool' (MaxPooling2D); "
      + "the limit is 100000000; '--operation-limit' raises it"
    #expect(outcome.error.hasPrefix("pool.pb: "))
    #expect(outcome.error.hasSuffix("\(sentence)\n"))
    #expect(outcome.code == 2)
  }

  @Test func `without an option the limit is what no network of today needs`() throws {
    let outcome = try run("large.pb", "--time", "1")
    #expect(outcome.code == 2)
    #expect(outcome.error.contains("the limit is 17592186044416; '--operation-limit' raises it"))
  }

  @Test func `two models are not run beyond the limit`() throws {
    let outcome = try run("pool.pb", "other.pb", "--operation-limit", "1000000")
    #expect(outcome.code == 2)
    #expect(outcome.output.contains("the limit is 1000000"))
  }

  @Test func `the limit can be lowered and raised`() throws {
    let small = Input(shape: [3], name: "x")
    try Model(inputs: small, outputs: Dense(2, name: "dense")(small), seed: 1)
      .write(toFile: folder.file("small.pb"))
    let refused = try run("small.pb", "--time", "1", "--quiet", "--operation-limit", "1000")
    #expect(refused.code == 2)
    #expect(refused.error.contains("layer 'dense' (Dense); the limit is 1000"))
    #expect(try run("small.pb", "--time", "1", "--operation-limit", "9999").code == 0)
    #expect(try run("small.pb", "--time", "1", "--operation-limit", "0").code == 64)
  }
}
