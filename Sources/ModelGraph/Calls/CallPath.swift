/// The name of a call in a whole model: the calls that lead to it through nested
/// models, outermost first, written `encoder:1/conv1`.
public struct CallPath: Hashable, Sendable, CustomStringConvertible {
  /// The names of the calls, outermost first.
  public let names: [String]

  /// Names a call.
  public init(_ names: [String] = []) {
    self.names = names
  }

  /// The path of a call inside this one.
  public func appending(_ call: Call) -> CallPath { CallPath(names + [call.name]) }

  /// The path of what makes the mask of the call's output: no call has it.
  package var ofMask: CallPath { CallPath(names.dropLast() + [(names.last ?? "") + ":mask"]) }

  /// The path as text.
  public var description: String { names.joined(separator: "/") }
}
