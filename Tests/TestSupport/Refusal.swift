/// The sentence of the error that a call throws, or "" where it throws none.
public func refusal(_ body: () throws -> some Any) -> String {
  do {
    _ = try body()
    return ""
  } catch {
    return "\(error)"
  }
}
