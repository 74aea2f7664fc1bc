internal import Dispatch
internal import Glibc
internal import ModelGraph
internal import ResidualCore

/// Sends what has been written on to the disk while more is being written, so that the wait for
/// the disk at the end is short.
///
/// A thread of its own does it, for the system finds places on the disk while it is called. It is
/// advice: nothing fails where the system does not take it.
struct WriteBack {
  /// How much is sent at a time.
  private static let byteCount = 8 << 20

  private let folder: String
  private let queue = DispatchQueue(label: "write-back", qos: .userInitiated)
  private var sent = 0

  /// - Parameter path: One of the files; those beside it are being written as well.
  init(path: String) {
    folder = PathName(path).folder
  }

  /// - Parameter done: How many bytes have been written in all.
  mutating func advance(to done: Int) {
    guard done - sent >= Self.byteCount, ThreadProbe.areThreadsAvailable else { return }
    sent = done
    queue.async { [folder] in
      guard let folder = try? Folder(FileName(folder).orCurrent) else { return }
      for name in (try? folder.names()) ?? [] {
        (try? folder.open(name, O_WRONLY))?.startWriteBack()
      }
    }
  }
}
