import Glibc
import Residual
import TestSupport
import Testing

@testable import CommandSupport

/// In processes of their own, for a limit is the whole process's.
@Suite struct MemoryLimitTests {
  /// Memory of no file; nil where it cannot be had.
  private static func memory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let memory = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return unsafe memory == MAP_FAILED ? nil : memory
  }

  /// Whether so much memory can be had.
  private static func isThere(_ byteCount: Int) -> Bool {
    guard let memory = unsafe memory(byteCount) else { return false }
    return unsafe munmap(memory, byteCount) == 0
  }

  @Test func `reading may take half a gigabyte, and what follows more`() async {
    await #expect(processExitsWith: .success) {
      MemoryLimit.whileReading {
        precondition(Self.isThere(400 << 20))
        precondition(!Self.isThere(600 << 20))
      }
      precondition(Self.isThere(600 << 20))
    }
  }

  @Test func `what tensors need is allowed besides, when it is known`() async {
    await #expect(processExitsWith: .success) {
      MemoryLimit.whileReading {
        precondition(!Self.isThere(600 << 20))
        MemoryLimit.raise(by: 200 << 20)
        precondition(Self.isThere(600 << 20))
        precondition(!Self.isThere(800 << 20))
      }
    }
  }

  @Test func `the shards of a model count in what may be mapped`() throws {
    let folder = try TemporaryFolder()
    let input = Input(shape: [100], name: "x")
    let model = try Model(inputs: input, outputs: Dense(100, name: "d")(input), seed: 1)
    try model.write(toFile: folder.file("whole.pb"))
    let outcome = try Programs.resconv.run(
      ["whole.pb", "sharded.pb"], in: folder.path, environment: ["RESIDUAL_SHARD_BYTES": "20000"])
    #expect(outcome.code == 0, "\(outcome)")
    let listing = folder.file("sharded.pb")
    let shards = ModelFile.shardPaths(of: listing)
    #expect(shards.count > 1)
    let alone = SupervisedProcess.addressByteCount(for: [listing])
    let all = SupervisedProcess.addressByteCount(for: SupervisedProcess.files(of: [listing]))
    #expect(all - alone > 2 * 4 * 100 * 100)
  }

  @Test func `what the process has already does not count`() async {
    await #expect(processExitsWith: .success) {
      let kept = unsafe Self.memory(1 << 30)
      MemoryLimit.whileReading { precondition(Self.isThere(400 << 20)) }
      precondition(unsafe kept != nil)
    }
  }
}
