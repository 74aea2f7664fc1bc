#if OneDNN

import Testing

@testable import OneDNNEngine

/// Where tensors lie.
@Suite struct StoragePlanTests {
  /// A slot with what it must keep: its size, and the steps it is in use.
  private struct Use {
    let slot: StoragePlan.Slot
    let byteCount: Int
    let steps: ClosedRange<Int>
  }

  /// Uses that meet in a step and in memory, in words.
  private func conflicts(_ uses: [Use], in plan: StoragePlan) -> [String] {
    var found: [String] = []
    for (index, one) in uses.enumerated() {
      let memory = plan.offset(of: one.slot)..<plan.offset(of: one.slot) + one.byteCount
      if memory.upperBound > plan.byteCount { found.append("\(one) ends behind the memory") }
      for other in uses[(index + 1)...] where one.steps.overlaps(other.steps) {
        let others = plan.offset(of: other.slot)..<plan.offset(of: other.slot) + other.byteCount
        if memory.overlaps(others) { found.append("\(one) and \(other)") }
      }
    }
    return found
  }

  @Test(arguments: 0..<200) func `slots in use at the same time never overlap`(seed: Int) {
    var random = Draws(state: UInt64(seed) &+ 1)
    var plan = StoragePlan()
    var uses: [Use] = []
    for step in 0..<40 {
      let byteCount = random.next(5000) + 1
      let last = step + random.next(10)
      let slot = plan.slot(byteCount: byteCount, step: step)
      plan.use(slot, step: last)
      uses.append(Use(slot: slot, byteCount: byteCount, steps: step...last))
    }
    // Few places are sought among others then.
    for limit in [StoragePlan.neighbourLimit, 8, 2, 0] {
      var plan = plan
      plan.place(neighbourLimit: limit)
      #expect(conflicts(uses, in: plan) == [])
      #expect(plan.byteCount >= plan.largestLiveByteCount)
    }
  }

  @Test(arguments: [1, 1 << 20]) func `planning takes no longer for each of more slots`(life: Int) {
    let count = 1 << 12
    var plan = StoragePlan()
    for step in 0..<count {
      plan.use(plan.slot(byteCount: 64, step: step), step: min(count, step + life))
    }
    plan.place(neighbourLimit: 16)
    #expect(plan.byteCount == 64 * min(count, life + 1))
    #expect(plan.lookCount < count * 16 * 24)
  }

  @Test func `a chain of equal tensors needs two places`() {
    var plan = StoragePlan()
    let slots = (0..<20).map { step in plan.slot(byteCount: 6400, step: step) }
    for (step, slot) in slots.enumerated() { plan.use(slot, step: step + 1) }
    plan.place()
    #expect(plan.byteCount == 2 * 6400)
  }

  @Test func `a part lies in its whole, which is in use as long as its parts`() {
    var plan = StoragePlan()
    let first = plan.slot(byteCount: 640, step: 0)
    let second = plan.slot(byteCount: 1280, step: 3)
    let other = plan.slot(byteCount: 640, step: 1)
    plan.use(other, step: 2)
    let whole = plan.slot(byteCount: 1920, step: 5)
    plan.embed(first, in: whole, offset: 0)
    plan.embed(second, in: whole, offset: 640)
    plan.place()
    #expect(plan.offset(of: first) == plan.offset(of: whole))
    #expect(plan.offset(of: second) == plan.offset(of: whole) + 640)
    let uses = [
      Use(slot: whole, byteCount: 1920, steps: 0...5),
      Use(slot: other, byteCount: 640, steps: 1...2),
    ]
    #expect(conflicts(uses, in: plan) == [])
    #expect(plan.root(of: second) == whole)
  }
}

/// Numbers that are the same each time.
private struct Draws {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}

#endif
