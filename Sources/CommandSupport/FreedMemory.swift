internal import CLinux

/// Memory that the program has given back to the C library.
package enum FreedMemory {
  /// Keeps it for what is asked for next, in a program that makes large arrays all the time.
  package static func keep() {
    clinux_keep_freed_memory()
  }
}
