import Dispatch
import Glibc
import ModelLayers
import Synchronization
import Testing

@Suite struct ConcurrentlyTests {
  private enum Fault: Error { case here, there }

  /// Lets one thread wait for what another has done, but not for ever.
  private struct Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func send() { semaphore.signal() }

    func isReceived() -> Bool { semaphore.wait(timeout: .now() + 60) == .success }
  }

  @Test func `two things are done at once`() throws {
    let (here, there) = (Signal(), Signal())
    let found = try concurrently {
      here.send()
      return there.isReceived()
    } onOwnThread: {
      there.send()
      return here.isReceived()
    }
    #expect(found == (true, true))
  }

  @Test func `the error of the other thread is told, even where this one failed before`() {
    let hasFailed = Signal()
    #expect(throws: Fault.there) {
      _ = try concurrently {
        defer { hasFailed.send() }
        throw Fault.here
      } onOwnThread: {
        #expect(hasFailed.isReceived())
        throw Fault.there
      }
    }
  }

  @Test func `the error of this thread is told where the other one has none`() {
    #expect(throws: Fault.here) { _ = try concurrently({ throw Fault.here }, onOwnThread: {}) }
  }

  @Test func `the other thread has ended where this one has failed`() {
    let hasFailed = Signal()
    let hasEnded = Atomic(false)
    #expect(throws: Fault.here) {
      _ = try concurrently {
        defer { hasFailed.send() }
        throw Fault.here
      } onOwnThread: {
        _ = hasFailed.isReceived()
        usleep(20_000)
        hasEnded.store(true, ordering: .relaxed)
      }
    }
    let wasJoined = hasEnded.load(ordering: .relaxed)
    #expect(wasJoined)
  }
}
