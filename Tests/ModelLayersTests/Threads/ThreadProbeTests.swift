import Glibc
import ModelLayers
import Synchronization
import Testing

/// In processes of their own, for a limit stays.
@Suite struct ThreadProbeTests {
  @Test func `there are threads where nothing limits them`() {
    #expect(ThreadProbe.areThreadsAvailable)
  }

  @Test func `where no thread can be made, the one that asks does all work`() async {
    await #expect(processExitsWith: .success) {
      // A thread needs some memory of its own.
      let limits = rlimit(rlim_cur: 0, rlim_max: 0)
      precondition(
        unsafe withUnsafePointer(to: limits) { unsafe setrlimit(RLIMIT_AS.number, $0) } == 0)
      precondition(!ThreadProbe.areThreadsAvailable)
      let sum = Atomic(0)
      WorkTeams.current.perform(10) { sum.add($0, ordering: .relaxed) }
      WorkTeams.Several(threadCount: 4).perform(10) { sum.add($0, ordering: .relaxed) }
      precondition(sum.load(ordering: .relaxed) == 90)
    }
  }

  @Test func `where there is no descriptor, the one that asks does all work`() async {
    await #expect(processExitsWith: .success) {
      let limits = rlimit(rlim_cur: 3, rlim_max: 3)
      precondition(
        unsafe withUnsafePointer(to: limits) { unsafe setrlimit(RLIMIT_NOFILE.number, $0) } == 0)
      precondition(!ThreadProbe.areThreadsAvailable)
    }
  }
}

extension __rlimit_resource {
  fileprivate var number: __rlimit_resource_t { __rlimit_resource_t(rawValue) }
}
