import Glibc
import Testing

@testable import HDF5

@Suite struct SafetyTests {
  @Test func `many threads read at once`() async throws {
    let reader = try FileReader(path: fixture("shapes.h5"))
    let expected = bytes((0..<24).map(Float.init))
    let names = ["contiguous", "compact", "chunked", "packed", "growing"]
    try await withThrowingTaskGroup { group in
      for index in 0..<64 {
        group.addTask {
          let own = try FileReader(path: fixture("types.h5"))
          #expect(try reader.readDataset(names[index % names.count]) == expected)
          #expect(try own.readStrings("vlen_ascii").count == 2)
          #expect(sentence { _ = try own.dataset("none") } == "types.h5: has no '/none'")
        }
      }
      try await group.waitForAll()
    }
    #expect(reader.openObjectCount == 1)
  }

  @Test func `a file may be closed while others read it`() async throws {
    let reader = try FileReader(path: fixture("shapes.h5"))
    await withTaskGroup { group in
      for _ in 0..<32 {
        group.addTask {
          let found = sentence { _ = try reader.readDataset("packed") }
          #expect(["no error", "shapes.h5: is closed"].contains(found))
        }
      }
      group.addTask { reader.close() }
    }
    #expect(reader.openObjectCount == 0)
  }

  // The count is the whole process's, so it is taken in a process of its own.
  @Test func `nothing stays open after reading, writing and refusing`() async {
    await #expect(processExitsWith: .success) {
      let before = Library.openIdentifierCount
      for _ in 0..<2 {
        for name in ["keras.h5", "types.h5", "shapes.h5"] {
          try withTemporaryFile { path in
            try copy(try FileReader(path: fixture(name)), to: path)
          }
        }
        for name in ["hostile_data.h5", "hostile_links.h5", "fake_filter.h5", "past_end.h5"] {
          let reader = try FileReader(path: fixture(name))
          for child in try reader.children(of: "/") {
            _ = sentence { _ = try reader.readDataset(child.name) }
            _ = sentence { _ = try reader.attributes(of: child.name) }
          }
          precondition(reader.openObjectCount == 1)
        }
        try withTemporaryFile { path in
          let writer = try FileWriter(path: path)
          _ = sentence { _ = try FileWriter(path: "/nowhere/x.h5") }
          try writer.createGroup("a")
          // Not closed: the end of its life does it.
        }
      }
      precondition(Library.openIdentifierCount == before, "\(Library.openIdentifierCount)")
    }
  }

  @Test func `the memory of strings is given back`() async {
    await #expect(processExitsWith: .success) {
      let reader = try FileReader(path: fixture("keras.h5"))
      /// The most memory that the process has had, in bytes, after many strings of 70 kB.
      func peakAfterReading() throws -> Int {
        for _ in 0..<1000 { _ = try reader.attribute("model_config", of: "/") }
        var usage = rusage()
        precondition(unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0)
        return usage.ru_maxrss * 1024
      }
      let first = try peakAfterReading()
      let growth = try peakAfterReading() - first
      precondition(growth < 35_000_000, "\(growth) bytes of 70,000,000 read")
    }
  }

  // In processes of their own, since libhdf5 1.10 can crash on damaged files.
  @Test(arguments: 0..<4)
  func `a file cut at any byte is refused or read, and does not crash`(quarter: Int) async {
    await #expect(processExitsWith: .success) { [quarter] in
      let whole = try contents(of: fixture("small.h5"))
      try withTemporaryFile { path in
        let step = whole.count / 4 + 1
        for length in (quarter * step)..<min(whole.count, (quarter + 1) * step) {
          try write(whole.prefix(length), to: path)
          let found = sentence { _ = try FileReader(path: path) }
          precondition(
            found.hasSuffix("is not an HDF5 file")
              || found.contains(": libhdf5 refuses it: H5Fopen: ")
              || found.hasSuffix("ends after \(length) of \(whole.count) bytes"), found)
        }
      }
    }
  }

  @Test func `the clock runs during a call only`() {
    #expect(
      Library.query {
        var pause = timespec(tv_sec: 0, tv_nsec: 30_000_000)
        unsafe nanosleep(&pause, nil)
        return (CallClock.secondsInCurrentCall() ?? 0) > 0.01
      })
  }

  @Test func `a call that works on data of ours takes as long as it needs`() {
    let isTimed = [true, false].map { isWatched in
      Library.query(isWatched: isWatched) { CallClock.secondsInCurrentCall() != nil }
    }
    #expect(isTimed == [true, false])
  }
}
