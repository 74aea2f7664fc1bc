internal import ModelLayers

/// Changes one field of a message: what libFuzzer inserts or removes by itself makes the lengths of
/// all messages round it wrong, and no reader looks further.
struct WireMutation {
  private var random: Xoshiro256
  /// Changes bytes in place, in the ways of libFuzzer.
  private let changed: ([UInt8]) -> [UInt8]

  init(seed: UInt64, changing changed: @escaping ([UInt8]) -> [UInt8]) {
    random = Xoshiro256(seed: seed)
    self.changed = changed
  }

  private static let numbers: [UInt64] = [
    0, 1, 2, 3, 7, 8, 31, 32, 33, 127, 128, 255, 256, 65_535, 65_536, 1 << 20, 1 << 31, 1 << 32,
    1 << 40, 1 << 62, .max >> 1, 1 << 63, .max - 1, .max,
  ]

  /// Changes a tree in one place.
  mutating func apply(to tree: inout WireTree) {
    let all = Self.fields(of: tree.fields)
    guard !all.isEmpty else { return }
    var place = Int.random(in: 0..<all.count, using: &random)
    change(&tree.fields, at: &place, among: all)
  }

  /// Every field, one of a message before those in it.
  private static func fields(of list: [WireTree.Field]) -> [WireTree.Field] {
    list.flatMap { field in
      guard case .message(let inner) = field.value else { return [field] }
      return [field] + fields(of: inner)
    }
  }

  private mutating func change(
    _ fields: inout [WireTree.Field], at place: inout Int, among all: [WireTree.Field]
  ) {
    for index in fields.indices {
      guard place > 0 else {
        change(&fields, index, among: all)
        place = -1
        return
      }
      place -= 1
      if case .message(var inner) = fields[index].value {
        change(&inner, at: &place, among: all)
        fields[index].value = .message(inner)
        if place < 0 { return }
      }
    }
  }

  private mutating func change(
    _ fields: inout [WireTree.Field], _ index: Int, among all: [WireTree.Field]
  ) {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: fields.remove(at: index)
    case 1: fields.insert(fields[index], at: Int.random(in: 0...fields.count, using: &random))
    case 2: fields.swapAt(index, Int.random(in: fields.indices, using: &random))
    case 3...5:
      // The content of a field of the same number, nearly always of the same type.
      let tag = fields[index].tag
      if let other = all.filter({ $0.tag == tag }).randomElement(using: &random) {
        fields[index] = other
      }
    case 6:
      if let other = all.randomElement(using: &random) { fields.insert(other, at: index) }
    default: changeValue(of: &fields[index])
    }
  }

  private mutating func changeValue(of field: inout WireTree.Field) {
    switch field.value {
    case .number(let value):
      let near = value &+ UInt64(bitPattern: Int64.random(in: -2...2, using: &random))
      let chosen = Self.numbers.randomElement(using: &random) ?? near
      field.value = .number(Bool.random(using: &random) ? near : chosen)
    case .fixed(let bytes):
      let new = changed(bytes)
      if new.count == bytes.count { field.value = .fixed(new) }
    case .bytes(let bytes): field.value = .bytes(changed(bytes))
    case .message(let fields): field.value = .message(fields.shuffled(using: &random))
    }
  }
}
