#if OneDNN

/// What can go wrong in oneDNN itself.
enum OneDNNError: Error, Hashable, Sendable {
  /// The library refused.
  case failed(String, status: Int)
  /// The system has not that much memory.
  case memory(byteCount: Int)
}

extension OneDNNError: CustomStringConvertible {
  /// One sentence.
  var description: String {
    switch self {
    case .failed(let what, let status):
      "oneDNN could not \(what) (status \(status))"
    case .memory(let byteCount):
      "there is no memory for the \(byteCount) bytes that the model's tensors need"
    }
  }
}

#endif
