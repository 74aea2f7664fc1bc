internal import Glibc

/// Runs a body as often as each line of the standard input asks, and answers with the milliseconds
/// that each run took.
func answerRequests(_ body: () throws -> Void) throws {
  let clock = ContinuousClock()
  while let line = readLine(), let count = Int(line) {
    let times = try (0..<count).map { _ in try clock.measure(body) / .milliseconds(1) }
    print(json: "milliseconds", times)
  }
}

/// Prints an object with one list of numbers, a line that whoever reads has at once.
func print(json name: String, _ numbers: [some BinaryFloatingPoint]) {
  print(#"{"\#(name)": \#(numbers)}"#)
  fflush(nil)
}
