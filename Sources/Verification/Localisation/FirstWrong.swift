internal import OrderedCollections
internal import ModelGraph
internal import Synchronization

/// What is kept of the first wrong tensor of a case: tensors are compared in the order in which
/// `Blame` looks for it.
final class FirstWrong: Sendable {
  private let kept = Mutex<(path: String, detail: Fault.Detail?)?>(nil)

  /// The tensor's name.
  var path: String? { kept.withLock { $0?.path } }
  /// How its elements differ.
  var detail: Fault.Detail? { kept.withLock { $0?.detail } }

  /// Keeps what is known of a wrong tensor, if it is the first.
  func note(_ path: String, _ detail: () -> Fault.Detail?) {
    guard self.path == nil else { return }
    let detail = detail()
    kept.withLock { $0 = (path, detail) }
  }
}

extension CallTable {
  /// Where a tensor has its channels: as its layer says, or else as the first layer that says it.
  func dataFormat(of name: String) -> DataFormat {
    var own: DataFormat?
    if case .output(let path, _)? = slots[name] { own = entries[path]?.dataFormat }
    return own ?? entries.values.lazy.compactMap(\.dataFormat).first ?? .channelsLast
  }
}

extension CallTable.Entry {
  fileprivate var dataFormat: DataFormat? {
    guard case .layer(let layer) = layer.body,
      case .string(let name)? = layer.attributes["data_format"]
    else { return nil }
    return DataFormat(rawValue: name)
  }
}
