internal import Glibc

/// Tries inputs on one fuzz target, guided by the code that they reach; `make fuzz` runs it.
///
///     Fuzzing json corpus/json -max_total_time=60     # libFuzzer's options
///     Fuzzing json crash-1a2b3c                       # one input again
///     Fuzzing seeds FOLDER FIXTURE.h5...              # inputs to begin with, by target
///
/// Built with `-sanitize=fuzzer`, which brings the driver, and counts what is reached.
@main
enum Fuzzing {
  static func main() {
    var arguments = CommandLine.arguments
    // libFuzzer starts this program again, to merge inputs, with its own options alone.
    if let name = unsafe getenv(Driver.targetVariable),
      let target = unsafe FuzzTarget.named(String(cString: name))
    {
      return Driver.run(target, arguments: arguments)
    }
    guard arguments.count > 1 else { fail("name a target: " + FuzzTarget.names) }
    let name = arguments.remove(at: 1)
    do {
      if name == "targets" { return print(FuzzTarget.names) }
      if name == "seeds" { return try Seeds.write(Array(arguments.dropFirst())) }
    } catch {
      fail("\(error)")
    }
    guard let target = FuzzTarget.named(name) else {
      fail("no target '\(name)'; there are: " + FuzzTarget.names)
    }
    Driver.run(target, arguments: arguments)
  }

  private static func fail(_ sentence: String) -> Never {
    print(sentence)
    exit(64)
  }
}
