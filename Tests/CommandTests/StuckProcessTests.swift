import Glibc
import Testing

@testable import CommandSupport
@testable import HDF5

/// What the supervisor makes of a process that comes no further; each in a process of its own, as
/// it divides itself.
@Suite struct StuckProcessTests {
  private static let patience = ("RESIDUAL_HDF5_SECONDS", "1")

  /// Runs work under supervision, and ends the process by the exit code that comes of it.
  private static func supervise(hdf5: [String] = ["model.h5"], _ work: () throws -> Void) {
    unsafe setenv(patience.0, patience.1, 1)
    let supervisor = Supervisor(inputs: ["model.h5"], hdf5: hdf5, outputs: [])
    let code = try? supervisor.run(work)
    exit(code ?? 99)
  }

  private func words(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test func `a call of libhdf5 that does not end is ended from outside`() async {
    let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent])
    {
      Self.supervise { Library.query { while true { usleep(1000) } } }
    }
    #expect(
      words(result)
        == "model.h5: libhdf5 did not finish one call in 1 seconds; the file is damaged\n")
  }

  @Test func `a process that waits for itself is ended`() async {
    let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent])
    {
      Self.supervise {
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        for _ in 0..<2 { unsafe pthread_mutex_lock(lock) }
      }
    }
    #expect(
      words(result) == "model.h5: the process that read it came no further for 1 seconds\n")
  }

  @Test func `a process that only waits for its turn is left alone`() async {
    await #expect(processExitsWith: .exitCode(99)) {
      Self.supervise { sleep(3) }
    }
  }

  @Test func `a damaged heap, which stays locked, is a crash`() async {
    let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent])
    {
      Self.supervise {
        // The size of what is left of the heap stands behind the last piece of it.
        // By name, for a compiler leaves out what it sees to be of no use.
        let symbol = unsafe dlsym(nil, "malloc")
        let allocate = unsafe unsafeBitCast(
          symbol, to: (@convention(c) (Int) -> UnsafeMutableRawPointer?).self)
        guard let last = unsafe allocate(100_008) else { return }
        unsafe memset(last + 100_008, 0xFF, 8)
        _ = unsafe allocate(120_000)
      }
    }
    #expect(
      words(result)
        == "model.h5: libhdf5 crashed (signal 6) while reading it; the file is damaged\n")
  }

  @Test func `memory that runs out is told of`() async {
    let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent])
    {
      Self.supervise {
        var kept: [[UInt8]] = []
        while true { kept.append([UInt8](repeating: 1, count: 1 << 30)) }
      }
    }
    #expect(
      words(result)
        == "model.h5: needs more memory than there is, or than reading may take: 512 MiB besides its "
        + "tensors\n")
  }
}
