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

  @Test func `the error of this thread is told, even where the other failed before`() {
    let hasFailed = Signal()
    #expect(throws: Fault.here) {
      _ = try concurrently {
        #expect(hasFailed.isReceived())
        throw Fault.here
      } onOwnThread: {
        defer { hasFailed.send() }
        throw Fault.there
      }
    }
  }

  @Test func `the error of the other thread is told where this one has none`() {
    #expect(throws: Fault.there) { _ = try concurrently({}, onOwnThread: { throw Fault.there }) }
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
