internal import Glibc

/// What the terminal can do.
package enum Terminal {
  /// Whether standard output may be coloured: it is a terminal, and `NO_COLOR` is not set.
  package static var hasColor: Bool {
    // Sound: the environment's texts are looked at and not kept.
    let refused = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
    let isDumb = unsafe getenv("TERM").map { unsafe String(cString: $0) == "dumb" } ?? false
    return isatty(STDOUT_FILENO) == 1 && !refused && !isDumb
  }

  /// The width of standard output in columns; `nil` where it is no terminal.
  package static var width: Int? {
    isatty(STDOUT_FILENO) == 1 ? columns(of: STDOUT_FILENO) : nil
  }

  /// The width of a terminal in columns; 80 where it is not known.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    // Sound: the pointer is used during the call only.
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// A colour of the terminal's palette.
  package enum Color: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  /// The text in a colour, where standard output may be coloured.
  package static func colored(_ text: String, _ color: Color) -> String {
    hasColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}
