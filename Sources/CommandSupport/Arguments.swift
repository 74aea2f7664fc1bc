internal import Glibc

/// What the program was called with.
package enum Arguments {
  /// Ends the program where an argument is not UTF-8.
  ///
  /// Swift repairs such arguments: the name of another file would come of it.
  package static func check() {
    for index in 0..<Int(CommandLine.argc) {
      // Sound: there are as many arguments as is said, and each ends in a zero.
      guard let argument = unsafe CommandLine.unsafeArgv[index],
        unsafe String(validatingCString: argument) == nil
      else { continue }
      let shown = unsafe String(cString: argument)
      StandardError.write(
        Text.sentence("argument \(index) is not UTF-8: '\(shown)'") + "\n")
      exit(EX_USAGE)
    }
  }
}
