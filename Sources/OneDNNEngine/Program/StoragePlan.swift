#if OneDNN

/// Where each tensor of a program lies in one stretch of memory.
///
/// A slot is a piece of it that is in use from one step to another; slots that are in use at the
/// same time do not overlap. A slot may be a part of another: the tensors that are joined lie
/// in the tensor that joins them.
struct StoragePlan {
  /// A piece of memory, by its number.
  typealias Slot = Int

  private struct Piece {
    var byteCount: Int
    var first: Int
    var last: Int
    /// The slot that this one is a part of, and where it begins in it.
    var whole: (slot: Slot, offset: Int)?
    var offset = 0

    var end: Int { offset + byteCount }
  }

  private var pieces: [Piece] = []
  /// The size of all memory, once it is planned.
  private(set) var byteCount = 0
  /// How many slots were looked at to plan it.
  private(set) var lookCount = 0

  /// Adds a slot that is first used by a step.
  mutating func slot(byteCount: Int, step: Int) -> Slot {
    // Each begins at a cache line.
    pieces.append(Piece(byteCount: (byteCount + 63) & ~63, first: step, last: step))
    return pieces.count - 1
  }

  /// Says that a step uses a slot.
  mutating func use(_ slot: Slot, step: Int) {
    let root = root(of: slot)
    pieces[root].first = min(pieces[root].first, step)
    pieces[root].last = max(pieces[root].last, step)
  }

  /// Makes a slot part of another.
  mutating func embed(_ slot: Slot, in whole: Slot, offset: Int) {
    pieces[slot].whole = (whole, offset)
    use(whole, step: pieces[slot].first)
    use(whole, step: pieces[slot].last)
  }

  /// Whether a slot is a part of another.
  func isPart(_ slot: Slot) -> Bool { pieces[slot].whole != nil }

  /// The slot that a slot is a part of in the end.
  func root(of slot: Slot) -> Slot {
    var slot = slot
    while let whole = pieces[slot].whole { slot = whole.slot }
    return slot
  }

  /// Where a slot begins, once it is planned.
  func offset(of slot: Slot) -> Int {
    var slot = slot
    var offset = 0
    while let whole = pieces[slot].whole {
      offset += whole.offset
      slot = whole.slot
    }
    return offset + pieces[slot].offset
  }

  /// How many pieces may be in use at the same time as one for its place to be sought between them.
  ///
  /// No network has that many; a place is above all others then.
  static let neighbourLimit = 256

  /// Gives each slot its place: the largest first, each at the lowest place where nothing that is
  /// in use at the same time lies.
  mutating func place(neighbourLimit: Int = neighbourLimit) {
    var timeline = Timeline(stepCount: (pieces.map(\.last).max() ?? 0) + 1)
    let roots = pieces.indices.filter { pieces[$0].whole == nil }
    for slot in roots.sorted(by: { (pieces[$0].byteCount, $1) > (pieces[$1].byteCount, $0) }) {
      var piece = pieces[slot]
      let steps = piece.first...piece.last
      if let others = timeline.pieces(in: steps, limit: neighbourLimit) {
        for other in others.map({ pieces[$0] }).sorted(by: { $0.offset < $1.offset }) {
          if piece.end <= other.offset { break }
          piece.offset = max(piece.offset, other.end)
        }
      } else {
        piece.offset = timeline.height(in: steps)
      }
      pieces[slot] = piece
      timeline.insert(slot, in: steps, end: piece.end)
      byteCount = max(byteCount, piece.end)
    }
    lookCount = timeline.lookCount
  }

  /// The most bytes that are in use at one step: no plan needs fewer.
  var largestLiveByteCount: Int {
    let roots = pieces.filter { $0.whole == nil }
    var changes: [Int: Int] = [:]
    for piece in roots {
      changes[piece.first, default: 0] += piece.byteCount
      changes[piece.last + 1, default: 0] -= piece.byteCount
    }
    var live = 0
    var largest = 0
    for step in changes.keys.sorted() {
      live += changes[step] ?? 0
      largest = max(largest, live)
    }
    return largest
  }
}

#endif
