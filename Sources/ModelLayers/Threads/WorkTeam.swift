internal import Dispatch
internal import Glibc

/// Threads that work on the parts of one piece of work.
package protocol WorkTeam: Sendable {
  /// How many parts are worked on at once.
  var threadCount: Int { get }

  /// Calls a function for each number from 0 to `count`, and returns when all calls have.
  func perform(_ count: Int, _ part: @Sendable (Int) -> Void)
}

/// Which team works.
package enum WorkTeams {
  /// The team of what runs now: all cores, unless somebody lends another.
  @TaskLocal package static var current: any WorkTeam = AllCores()

  /// The most threads of a team.
  package static let threadLimit = 1024

  private static func onThreads(_ count: Int, _ part: @Sendable (Int) -> Void) {
    if count > 1, ThreadProbe.areThreadsAvailable {
      DispatchQueue.concurrentPerform(iterations: count, execute: part)
    } else {
      for index in 0..<count { part(index) }
    }
  }

  /// As many threads as the machine has cores.
  private struct AllCores: WorkTeam {
    private static let coreCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    var threadCount: Int { Self.coreCount }

    func perform(_ count: Int, _ part: @Sendable (Int) -> Void) {
      onThreads(count, part)
    }
  }

  /// A number of threads.
  package struct Several: WorkTeam {
    package let threadCount: Int

    /// Makes a team of at least one thread and at most so many as any machine has use for.
    package init(threadCount: Int) {
      self.threadCount = min(max(1, threadCount), WorkTeams.threadLimit)
    }

    /// Calls the function for every so many numbers on each thread.
    package func perform(_ count: Int, _ part: @Sendable (Int) -> Void) {
      onThreads(min(threadCount, count)) { thread in
        for index in stride(from: thread, to: count, by: threadCount) { part(index) }
      }
    }
  }

  /// The thread that asks, alone.
  package struct Single: WorkTeam {
    /// One.
    package var threadCount: Int { 1 }

    /// Makes the team.
    package init() {}

    /// Calls the function for one number after the other.
    package func perform(_ count: Int, _ part: @Sendable (Int) -> Void) {
      for index in 0..<count { part(index) }
    }
  }
}
