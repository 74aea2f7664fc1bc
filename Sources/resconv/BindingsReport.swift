internal import CommandSupport
internal import Residual

/// How the weights that could be taken for one another were told apart.
struct BindingsReport {
  private let inspection: Inspection

  init(_ inspection: Inspection) {
    self.inspection = inspection
  }

  var text: String {
    guard inspection.format != .protobuf else {
      return "the file names the tensor of every weight; nothing had to be bound\n"
    }
    let ambiguous = inspection.bindings.filter { !$0.isUnique }
    guard !ambiguous.isEmpty else { return summary(0) }
    let groups = Dictionary(grouping: ambiguous) { "\($0.role) \($0.shape)" }
    let rows = groups.sorted { $0.key < $1.key }.flatMap(\.value).map {
      [$0.role, "\($0.shape)", $0.tensor, $0.method.rawValue, $0.dataset].map(Text.printable)
    }
    let header = ["role", "shape", "tensor", "bound by", "dataset"]
    return Text.table([header] + rows) + "\n" + summary(ambiguous.count)
  }

  private func summary(_ count: Int) -> String {
    let total = Text.count(inspection.bindings.count, "tensor")
    guard count > 0 else {
      return inspection.bindings.isEmpty
        ? "the model has no weights\n" : "none of \(total) shares role and shape with another\n"
    }
    let byOrder = inspection.bindings.count { !$0.isUnique && $0.method == .order }
    let methods =
      byOrder == 0
      ? "all were bound by name"
      : "\(Text.grouped(count - byOrder)) were bound by name, \(Text.grouped(byOrder)) by order"
    let verb = count == 1 ? "shares" : "share"
    return "\(Text.grouped(count)) of \(total) \(verb) role and shape with another; \(methods)\n"
  }
}
